/** Why a password is too weak; null for a good one. Length first: twelve, and three kinds of characters or twenty of any. */
export function passwordProblem(password: string): "PASSWORD_TOO_SHORT" | "PASSWORD_TOO_PLAIN" | null {
  if (password.length < MINIMUM) return "PASSWORD_TOO_SHORT";
  if (new Set(password).size < DIFFERENT) return "PASSWORD_TOO_PLAIN";
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z0-9]/].filter((kind) => kind.test(password)).length;
  return kinds >= KINDS || password.length >= PHRASE ? null : "PASSWORD_TOO_PLAIN";
}
const MINIMUM = 12;
const DIFFERENT = 6;
const KINDS = 3;
const PHRASE = 20;
