import { event, JsonBase } from "tomodachi";
import { z } from "zod";

/** What both services share. They import this file, and nothing else of each other. */
export const orderPaid = event("order.{id}.paid", {
  schema: z.object({
    total: z.number(),
    paidAt: z.iso.datetime().transform((text) => new Date(text)),
  }),
  envelope: JsonBase,
  version: 1,
});

export const orderShipped = event("order.{id}.shipped.{carrier}", {
  schema: z.object({ parcels: z.number() }),
  envelope: JsonBase,
});
