import { JsonBase, request } from "tomodachi";

/** What both services know of each other. With `schema` and `reply` (zod, valibot, arktype) it would check and type the data too. */
export const priceGet = request("price.get", { envelope: JsonBase });
