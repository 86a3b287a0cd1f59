// Changed files as the tree of their folders. A folder that holds nothing but one folder is one line with it.
import type { PatchFile } from './patch';

export interface Folder {
  name: string; // may be several: "src/server"
  folders: Folder[];
  files: { name: string; file: PatchFile }[];
}

const kMaxDepth = 100; // what lies deeper is named by all of its path

export function treeOf(files: PatchFile[]): Folder {
  const root: Folder = { name: '', folders: [], files: [] };
  for (const file of files) {
    const all = file.path.split('/');
    const parts = all.slice(0, Math.min(all.length - 1, kMaxDepth));
    const name = all.slice(parts.length).join('/');
    let at = root;
    for (const part of parts) {
      let next = at.folders.find((one) => one.name === part);
      if (!next) at.folders.push((next = { name: part, folders: [], files: [] }));
      at = next;
    }
    at.files.push({ name, file });
  }
  return joined(root);
}

function joined(folder: Folder): Folder {
  const folders = folder.folders.map(joined);
  const [only] = folders;
  if (folder.name !== '' && folder.files.length === 0 && folders.length === 1 && only)
    return { ...only, name: `${folder.name}/${only.name}` };
  return { ...folder, folders };
}
