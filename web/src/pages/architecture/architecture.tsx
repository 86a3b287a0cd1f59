export default function ArchitecturePage() { return <p>x</p>; }
