/** Starts the page. */
import { html, render } from "htm/preact";
import { Api, takeToken } from "./api.ts";
import { App } from "./app.ts";
import { Store } from "./store.ts";
import { applyTheme, storedTheme } from "./theme.ts";

applyTheme(storedTheme());
const api = new Api(takeToken());
const store = new Store();
void store.follow(api);
const place = document.getElementById("page");
if (place) render(html`<${App} api=${api} store=${store} />`, place);
