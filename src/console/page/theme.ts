/** Light, dark, or the theme of the system. */

export type Theme = "system" | "light" | "dark";

const stored = "tomodachi-console-theme";
const following: Readonly<Record<Theme, Theme>> = { system: "light", light: "dark", dark: "system" };

export function storedTheme(): Theme {
  const value = localStorage.getItem(stored);
  return value === "light" || value === "dark" ? value : "system";
}

export function nextTheme(theme: Theme): Theme {
  return following[theme];
}

export function applyTheme(theme: Theme): void {
  localStorage.setItem(stored, theme);
  document.documentElement.dataset["theme"] = theme;
}
