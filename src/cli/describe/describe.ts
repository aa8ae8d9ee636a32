/** `tomodachi describe`: prints what services have, from what they declare. It connects to no broker. */
import {
  describeService,
  descriptionMermaid,
  descriptionText,
  type ServiceDescription,
} from "../../description/index.ts";
import { printable } from "../../util/printable.ts";
import { withServices } from "../loading/with-services.ts";
import type { DescribeSettings } from "./describe-arguments.ts";

/** Gives the exit code; undefined when another copy of the package took over the process. */
export function runDescribe(settings: DescribeSettings): Promise<number | undefined> {
  return withServices(settings, async (services, logger) => {
    const described = services.map((service) => describeService(service, process.env, logger));
    for (const line of linesOf(described, settings.form)) process.stdout.write(`${printable(line)}\n`);
    return 0;
  });
}

function linesOf(described: readonly ServiceDescription[], form: DescribeSettings["form"]): readonly string[] {
  if (form === "json") return JSON.stringify({ services: described }, null, 2).split("\n");
  if (form === "mermaid") return descriptionMermaid(described);
  return described.flatMap((one, at) => [...(at > 0 ? [""] : []), ...descriptionText(one)]);
}
