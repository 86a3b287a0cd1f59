// Characters that are not seen, or that make text read in another order than it is written, shown as what they are.
// Whoever approves a change must see all of it.
// eslint-disable-next-line no-control-regex
const kHidden = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

export const revealed = (text: string) =>
  text.replace(kHidden, (one) => `⟨U+${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`);
