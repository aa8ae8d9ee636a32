import { event, JsonBase } from "tomodachi";
import { z } from "zod";

export const priceChanged = event("article.{article}.price-changed", {
  schema: z.object({ cents: z.number().int() }),
  envelope: JsonBase,
});
