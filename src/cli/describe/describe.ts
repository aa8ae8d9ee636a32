/** `tomodachi describe`: prints what services declare. It connects to no broker. */

import { describeService, descriptionMermaid, descriptionText } from "../../description/index.ts";
import { printable } from "../../util/printable.ts";
import { writeJson, writeLines } from "../common/write-lines.ts";
import { withServices } from "../loading/with-services.ts";
import type { DescribeSettings } from "./describe-arguments.ts";

/** Returns the exit code; undefined if another copy of the package took over the process. */
export function runDescribe(settings: DescribeSettings): Promise<number | undefined> {
  return withServices(settings, async (services, logger) => {
    const described = services.map((service) => describeService(service, process.env, logger));
    if (settings.form === "json") writeJson({ services: described });
    else if (settings.form === "mermaid")
      for (const line of descriptionMermaid(described)) process.stdout.write(`${printable(line)}\n`);
    else writeLines(described.flatMap((one, at) => [...(at > 0 ? [""] : []), ...descriptionText(one)]));
    return 0;
  });
}
