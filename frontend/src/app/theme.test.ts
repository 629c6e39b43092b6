import { DEFAULT_THEME, defaultCssVariablesResolver, mergeMantineTheme } from "@mantine/core";
import { describe, expect, it } from "vitest";
import { cssVariablesResolver, theme } from "./theme";

type Rgb = [number, number, number];
type Variables = Record<string, string>;

/** The variables of a colour scheme, as the browser is given them: Mantine's, and ours over them. */
function variablesIn(scheme: "light" | "dark"): Variables {
  const whole = mergeMantineTheme(DEFAULT_THEME, theme);
  const [mantines, ours] = [defaultCssVariablesResolver(whole), cssVariablesResolver(whole)];
  return { ...mantines.variables, ...mantines[scheme], ...ours.variables, ...ours[scheme] };
}

/** The forms that Mantine and the theme write colours in; throws on another one. */
function colour(written: string, variables: Variables): Rgb {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(written);
  if (hex) return hex.slice(1).map((pair) => parseInt(pair, 16)) as Rgb;
  const opaque = /^rgba\((\d+), (\d+), (\d+), 1\)$/.exec(written);
  if (opaque) return opaque.slice(1).map(Number) as Rgb;
  const variable = /^var\((--[\w-]+)\)$/.exec(written);
  if (variable) return colour(variables[variable[1]!]!, variables);
  const mixed = /^color-mix\(in srgb, (.+), (.+) (\d+)%\)$/.exec(written);
  if (!mixed) throw new Error(`This is no colour that is known here: ${written}`);
  const [first, second] = [colour(mixed[1]!, variables), colour(mixed[2]!, variables)];
  const share = Number(mixed[3]) / 100;
  return first.map((part, index) => part * (1 - share) + second[index]! * share) as Rgb;
}

/** The ratio of two colours (WCAG 2.2, "contrast ratio"). */
function contrast(one: Rgb, other: Rgb): number {
  const luminance = (rgb: Rgb) => {
    const [red, green, blue] = rgb
      .map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)) as Rgb;
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark, light] = [luminance(one), luminance(other)].sort((left, right) => left - right) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const TONES = ["green", "red", "yellow", "blue", "gray", "orange"];
const AA = 4.5;

// A check of whole pages sees what lies under no pointer.
describe.each(["light", "dark"] as const)("in the %s scheme", (scheme) => {
  const variables = variablesIn(scheme);
  const of = (name: string) => colour(variables[name]!, variables);

  it.each(TONES)("text on a %s tint has enough contrast, under the pointer as well", (tone) => {
    const text = of(`--mantine-color-${tone}-light-color`);
    for (const surface of ["light", "light-hover"])
      expect(contrast(text, of(`--mantine-color-${tone}-${surface}`)), surface).toBeGreaterThanOrEqual(AA);
  });

  it.each(TONES)("white text on a surface filled with %s has enough contrast, under the pointer as well", (tone) => {
    for (const surface of ["filled", "filled-hover"])
      expect(contrast([255, 255, 255], of(`--mantine-color-${tone}-${surface}`)), surface).toBeGreaterThanOrEqual(AA);
  });
});
