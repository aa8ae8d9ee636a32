import { JsonBase, request } from "tomodachi";
import { z } from "zod";

export const priceGet = request("price.get", {
  schema: z.object({ article: z.string() }),
  reply: z.object({ cents: z.number().int() }),
  envelope: JsonBase,
});
