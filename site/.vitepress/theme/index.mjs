// The default theme of VitePress, with what its pages lack for readers who cannot see well or use no mouse.
import { onContentUpdated } from "vitepress";
import DefaultTheme from "vitepress/theme";
import "./style.css";

/** A group of the sidebar is a button, and its arrow is a second button inside of it, which assistive software cannot reach. */
function onlyOneButton() {
  for (const arrow of document.querySelectorAll(".VPSidebarItem > .item[role=button] > .caret")) {
    for (const name of ["role", "tabindex", "aria-label"]) arrow.removeAttribute(name);
    arrow.setAttribute("aria-hidden", "true");
  }
}

export default {
  extends: DefaultTheme,
  setup() {
    // The sidebar follows the page in the same turn.
    onContentUpdated(() => requestAnimationFrame(onlyOneButton));
  },
};
