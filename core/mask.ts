/** A name as a publicity list shows it: enough to know oneself, not enough to be found by. */
export function maskName(name: string): string {
  const characters = [...name.trim()];
  if (characters.length <= 1) return "*";
  if (characters.length === 2) return `${characters[0]}*`;
  return `${characters[0]}${"*".repeat(characters.length - 2)}${characters.at(-1)}`;
}
