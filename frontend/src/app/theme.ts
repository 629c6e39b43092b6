/**
 * The theme of the console: colours, fonts and sizes for Mantine's components.
 *
 * Some of Mantine's status colours miss the contrast of WCAG 2.2 AA. A strong and a bright variant, both measured, replace
 * each of them. Variables that our style sheets need beyond Mantine's are called `--sc-*` and are defined here only.
 */
import { createTheme, Modal, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

/** With sufficient contrast on the light background (strong) and on the dark one (bright). */
const tones = {
  green: { strong: "#1b6e2d", bright: "#69db7c" },
  red: { strong: "#b3261e", bright: "#ff8787" },
  yellow: { strong: "#7a5200", bright: "#ffd43b" },
  blue: { strong: "#1864ab", bright: "#74c0fc" },
  gray: { strong: "#495057", bright: "#ced4da" },
  orange: { strong: "#a03f00", bright: "#ffa94d" },
} as const;

/** Warm greys instead of Mantine's bluish ones. */
const stone: MantineColorsTuple = [
  "#faf8f4",
  "#f3efe8",
  "#eae4da",
  "#ddd5c8",
  "#c4baa9",
  "#a79d8d",
  "#7d7468",
  "#5a534a",
  "#3b3630",
  "#23201c",
];

const ink: MantineColorsTuple = [
  "#ece7df",
  "#d3cdc3",
  "#b5aea4",
  "#8c857a",
  "#5e574d",
  "#443e36",
  "#35302a",
  "#211e1a",
  "#1b1815",
  "#141210",
];

const paper = {
  page: "#faf8f4",
  card: "#ffffff",
  sunken: "#f3efe8",
  line: "#e4ddd1",
  lineStrong: "#c4baa9",
  ink: "#23201c",
};
const night = {
  page: "#191613",
  card: "#211e1a",
  sunken: "#141210",
  line: "#383229",
  lineStrong: "#5e574d",
  ink: "#ece7df",
};

export const theme = createTheme({
  primaryColor: "orange",
  colors: { dark: ink, gray: stone },
  black: paper.ink,
  fontFamily: "'IBM Plex Sans Variable', 'IBM Plex Sans', system-ui, sans-serif",
  fontFamilyMonospace: "'IBM Plex Mono', ui-monospace, 'DejaVu Sans Mono', monospace",
  headings: {
    fontFamily: "'Zilla Slab', 'Roboto Slab', Georgia, serif",
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "1.75rem", lineHeight: "1.2" },
      h2: { fontSize: "1.25rem", lineHeight: "1.3" },
      h3: { fontSize: "1.0625rem", lineHeight: "1.35" },
    },
  },
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.125rem" },
  lineHeights: { xs: "1.35", sm: "1.45", md: "1.5", lg: "1.5", xl: "1.5" },
  defaultRadius: "sm",
  radius: { xs: "2px", sm: "4px", md: "6px", lg: "10px", xl: "16px" },
  respectReducedMotion: true,
  components: {
    Modal: Modal.extend({
      styles: { title: { fontSize: "1.1875rem", fontFamily: "var(--mantine-font-family-headings)" } },
      defaultProps: {
        closeButtonProps: { "aria-label": "Close" },
        overlayProps: { backgroundOpacity: 0.45 },
        yOffset: "6dvh",
      },
    }),
  },
});

type Tone = keyof typeof tones;
const byTone = (make: (name: Tone) => Record<string, string>) =>
  Object.assign({}, ...(Object.keys(tones) as Tone[]).map(make)) as Record<string, string>;

const shades = (variant: "strong" | "bright") =>
  byTone((name) => ({
    // Filled surfaces have white text in both colour schemes.
    [`--mantine-color-${name}-filled`]: tones[name].strong,
    [`--mantine-color-${name}-filled-hover`]: `color-mix(in srgb, ${tones[name].strong}, #000000 14%)`,
    // On Mantine's own, text has too little contrast for AA: of four tones in the dark scheme, and of blue in the light one.
    [`--mantine-color-${name}-light-hover`]: `color-mix(in srgb, var(--mantine-color-${name}-light), var(--sc-card) 14%)`,
    [`--mantine-color-${name}-outline`]: tones[name][variant],
    [`--mantine-color-${name}-light-color`]: tones[name][variant],
    [`--mantine-color-${name}-text`]: tones[name][variant],
    [`--sc-${name}`]: tones[name][variant],
    [`--sc-${name}-tint`]: `color-mix(in srgb, ${tones[name][variant]} ${variant === "strong" ? "9%" : "13%"}, var(--sc-card))`,
    [`--sc-${name}-edge`]: `color-mix(in srgb, ${tones[name][variant]} 38%, var(--sc-card))`,
  }));

const surfaces = (surface: typeof paper) => ({
  "--sc-page": surface.page,
  "--sc-card": surface.card,
  "--sc-sunken": surface.sunken,
  "--sc-line": surface.line,
  "--sc-line-strong": surface.lineStrong,
  "--sc-ink": surface.ink,
  "--mantine-color-body": surface.card,
  "--mantine-color-text": surface.ink,
  "--mantine-color-default-border": surface.lineStrong,
  "--mantine-color-disabled": surface.sunken,
  "--mantine-color-disabled-border": surface.line,
});

export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {
    // The top bar has the same colour in both colour schemes.
    "--sc-bar": "#221e19",
    "--sc-bar-ink": "#f5efe4",
    "--sc-bar-dim": "#c5bcae",
    "--sc-bar-accent": "#ffa94d",
    "--sc-measure": "1720px",
  },
  light: {
    ...shades("strong"),
    ...surfaces(paper),
    "--mantine-color-dimmed": "#565d64",
    "--mantine-color-placeholder": "#6b6f73",
    "--mantine-color-error": tones.red.strong,
    "--mantine-color-anchor": tones.blue.strong,
    "--sc-dim": "#5a554c",
    "--sc-shadow": "0 1px 2px rgb(60 45 20 / 0.06)",
  },
  dark: {
    ...shades("bright"),
    ...surfaces(night),
    "--mantine-color-dimmed": "#b0b0b0",
    "--mantine-color-placeholder": "#a39c91",
    "--mantine-color-error": tones.red.bright,
    "--mantine-color-anchor": tones.blue.bright,
    "--sc-dim": "#b5aea4",
    "--sc-shadow": "none",
  },
});
