import { event } from "tomodachi";
import { z } from "zod";

/** Services that publish or handle these messages share this file. */
export const orderPlaced = event("order.{id}.placed", {
  schema: z.object({ customer: z.string().min(1), total: z.number().nonnegative() }),
});

export const orderConfirmed = event("order.{id}.confirmed", {
  schema: z.object({ customer: z.string(), points: z.number().int() }),
});
