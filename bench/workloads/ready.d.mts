export function saysReady(): void;
