import { event, JsonBase, request } from "tomodachi";
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

/** Shipping answers this request: what the delivery to a country costs, in cents. */
export const shippingCost = request("shipping.cost", {
  schema: z.object({ country: z.string().length(2) }),
  reply: z.object({ cents: z.number().int() }),
  envelope: JsonBase,
});
