export default function BuilderPage({ id }: { id?: string }) { return <p>{id}</p>; }
