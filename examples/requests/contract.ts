import { JsonBase, request } from "tomodachi";

/**
 * What both services share. With `schema` and `reply` (zod, valibot, arktype) the contract also checks and types the
 * data.
 */
export const priceGet = request("price.get", { envelope: JsonBase });
