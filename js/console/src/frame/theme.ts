import { Alert, Anchor, Badge, createTheme, Modal, MultiSelect, NavLink, Notification, Select, type CSSVariablesResolver } from "@mantine/core";

export const theme = createTheme({
  primaryColor: "cyan",
  // Dark enough for white text on it.
  primaryShade: 9,
  defaultRadius: "md",
  cursorType: "pointer",
  headings: { sizes: { h1: { fontSize: "1.6rem" }, h2: { fontSize: "1.2rem" }, h3: { fontSize: "1rem" } } },
  components: {
    Alert: Alert.extend({ styles: { label: { color: "var(--mantine-color-text)" } } }),
    // A colour alone tells nobody who doesn't see it.
    Anchor: Anchor.extend({ defaultProps: { underline: "always" } }),
    Badge: Badge.extend({
      // What stands in one is often an id, and these mind upper and lower case. A word or two are not cut off, however narrow it is.
      styles: (_, { variant, children }) => ({ ...(typeof children === "string" && children.length <= 16 && { root: { minWidth: "max-content" } }), label: { textTransform: "none", ...(variant === "light" && { color: "var(--mantine-color-text)" }) } }),
    }),
    Modal: Modal.extend({ defaultProps: { closeButtonProps: { "aria-label": "Close" } } }),
    // Of very many the first; whoever writes finds the others.
    MultiSelect: MultiSelect.extend({ defaultProps: { limit: 100 } }),
    NavLink: NavLink.extend({ styles: { label: { color: "var(--mantine-color-text)" } } }),
    Notification: Notification.extend({
      defaultProps: { closeButtonProps: { "aria-label": "Close" } },
      styles: { description: { color: "var(--mantine-color-dimmed)" } },
    }),
    Select: Select.extend({ defaultProps: { limit: 100 } }),
  },
});

/** Where the library's own colours are too close to each other to be read by everybody. */
export const variables: CSSVariablesResolver = () => ({
  variables: { "--mantine-primary-color-filled-hover": "#095e6d" },
  light: { "--mantine-color-dimmed": "#565e66", "--mantine-color-placeholder": "#666e76", "--mantine-color-error": "#b42020" },
  dark: { "--mantine-color-dimmed": "#b0b3b8", "--mantine-color-placeholder": "#a6abb2", "--mantine-color-error": "#ff9c9c", "--mantine-color-anchor": "#66d9e8" },
});
