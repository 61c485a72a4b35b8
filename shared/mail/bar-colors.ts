const defaultBackground = "#1f3a5f";

/** Relative luminance of `#rrggbb`, 0 to 1 (WCAG 2.2). */
const luminance = (color: string): number => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

/** Contrast of two colours `#rrggbb`, 1 to 21 (WCAG 2.2). */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/**
 * Colours of the bar above a mail: the brand's, or a default where it is none or not `#rrggbb`, and of black and white the one
 * that reads better on it. One of the two always reaches a contrast of 4.5, so no colour has to be refused.
 */
export function barColors(brand: string | null): { background: string; text: string } {
  const background = brand !== null && /^#[0-9a-f]{6}$/i.test(brand) ? brand : defaultBackground;
  const text = contrast(background, "#ffffff") >= contrast(background, "#000000") ? "#ffffff" : "#000000";
  return { background, text };
}
