/** The page's own nonce: the content security policy lets in styles that carry it, and no other inline ones. */
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
export const CSP = { nonce };

// Ant Design's helpers for scroll bars and scroll locks make style elements without it.
const create = document.createElement.bind(document);
document.createElement = ((name: string, options?: ElementCreationOptions) => {
  const element = create(name, options);
  if (element instanceof HTMLStyleElement) element.nonce = nonce;
  return element;
}) as typeof document.createElement;

export const THEME = {
  token: {
    colorPrimary: "#0b5c56",
    colorLink: "#0b5c56",
    // Ant Design's red is too pale for words on white.
    colorError: "#b42318",
    // Ant Design's own grey is too pale for small text (WCAG 1.4.3).
    colorTextTertiary: "rgba(0, 0, 0, 0.62)",
    colorTextDescription: "rgba(0, 0, 0, 0.65)",
    colorTextPlaceholder: "rgba(0, 0, 0, 0.58)",
    fontSize: 15,
    // Windows that grow and slide help nobody who asked their device for stillness.
    motion: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    borderRadius: 8,
  },
};
