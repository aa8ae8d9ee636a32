import { event, JsonBase } from "tomodachi";
import { z } from "zod";

export const orderPlaced = event("order.{id}.placed", {
  schema: z.object({ total: z.number().positive() }),
  envelope: JsonBase,
});

export const orderPaid = event("order.{id}.paid", {
  schema: z.object({ total: z.number() }),
  envelope: JsonBase,
});

export const orderShipped = event("order.{id}.shipped", {
  schema: z.object({ parcels: z.number().int() }),
  envelope: JsonBase,
});
