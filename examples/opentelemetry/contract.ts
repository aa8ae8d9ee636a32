import { event, JsonBase } from "tomodachi";
import { z } from "zod";

export const orderPlaced = event("order.{id}.placed", {
  schema: z.object({ total: z.number() }),
  envelope: JsonBase,
});
