import { z } from "zod";

export const Order = z.object({ id: z.string(), total: z.number().positive() });
export type Order = z.infer<typeof Order>;
