import { createTheme } from "@mantine/core";

/** Everything that Mantine would compute and put into a `<style>` element stands in `app.css`: the content security policy allows none. */
export const theme = createTheme({
  primaryColor: "brand",
  colors: {
    brand: [
      "#eef0fd",
      "#dce0fa",
      "#b7bff3",
      "#929def",
      "#7280ea",
      "#5668e4",
      "#3b4fd8",
      "#3143bd",
      "#28379c",
      "#1f2b7c",
    ],
  },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    // Fields side by side stay on one line, whichever of them has a word of explanation.
    InputWrapper: { defaultProps: { inputWrapperOrder: ["label", "input", "description", "error"] } },
    Modal: { defaultProps: { lockScroll: false, centered: true } },
    Drawer: { defaultProps: { lockScroll: false } },
    Menu: { defaultProps: { lockScroll: false, withinPortal: true } },
    Tooltip: { defaultProps: { openDelay: 300 } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray" } },
  },
});

type Colour = readonly [number, number, number];

const read = (hex: string): Colour =>
  [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as unknown as Colour;
const write = (colour: Colour): string =>
  `#${colour.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
const luminance = (colour: Colour): number => {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Colour;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const contrast = (one: Colour, other: Colour): number => {
  const [dark, light] = [luminance(one), luminance(other)].sort((left, right) => left - right) as [number, number];
  return (light + 0.05) / (dark + 0.05);
};

/** The colour nearest to a wanted one that can be read against another: mixed with black or white until the contrast is 4.5. */
export function readable(hex: string, against: string, towards: "black" | "white"): string {
  const [wanted, ground] = [read(hex), read(against)];
  const end = towards === "black" ? 0 : 255;
  for (let share = 0; share < 1; share += 0.04) {
    const mixed = wanted.map((part) => part + (end - part) * share) as unknown as Colour;
    if (contrast(mixed, ground) >= 4.6) return write(mixed);
  }
  return towards === "black" ? "#000000" : "#ffffff";
}

/** Takes a reseller's colour as the accent, made readable in light and in dark; null: the product's own. */
export function brand(colour: string | null): void {
  const { style } = document.documentElement;
  const set = (name: string, value: string | null): void =>
    value === null ? void style.removeProperty(name) : style.setProperty(name, value);
  const valid = colour !== null && /^#[0-9a-f]{6}$/i.test(colour) ? colour : null;
  set("--brand-filled", valid === null ? null : readable(valid, "#ffffff", "black"));
  set("--brand-on-light", valid === null ? null : readable(valid, "#dfe3ec", "black"));
  set("--brand-on-dark", valid === null ? null : readable(valid, "#2b3040", "white"));
}
