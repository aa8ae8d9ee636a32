import { event, JsonBase } from "tomodachi";
import { z } from "zod";
import { Claim } from "./claims.ts";

export const reportReady = event("report.{name}.ready", {
  schema: z.object({ pages: z.number().int(), file: Claim }),
  envelope: JsonBase,
});
