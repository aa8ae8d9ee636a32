/** `tomodachi doctor`: says whether services would start on their brokers, and what prevents it. It changes nothing on them. */

import { describeEndpoint, resolveConnectionOptions } from "../../amqp-client/options.ts";
import { diagnosisText, type Examined, examine, plannedAddresses, problemsIn } from "../../doctor/index.ts";
import type { Logger } from "../../log/logger.ts";
import type { Service } from "../../service/service.ts";
import { Progress } from "../common/progress.ts";
import { environmentToAsk } from "../common/run-surroundings.ts";
import { writeJson, writeLines } from "../common/write-lines.ts";
import { withServices } from "../loading/with-services.ts";
import type { DoctorSettings } from "./doctor-arguments.ts";

/** Returns the exit code; undefined if another copy of the package took over the process. */
export function runDoctor(settings: DoctorSettings): Promise<number | undefined> {
  return withServices(settings, async (services, logger) => {
    const waiting = new Progress(process.stderr);
    const examined = examinedBy(services, settings, logger);
    const { management, target } = settings;
    const diagnoses = [];
    for (const one of examined) {
      const examining = examine(one, { management, target, logger });
      diagnoses.push(await waiting.during(`Asking ${describeEndpoint(one.connection)} ...`, examining));
    }
    const starts = problemsIn(diagnoses).length === 0;
    if (settings.json) writeJson({ starts, brokers: diagnoses });
    else writeLines(diagnosisText(diagnoses));
    return starts ? 0 : 1;
  });
}

function examinedBy(services: readonly Service[], { url }: DoctorSettings, logger: Logger): readonly Examined[] {
  const environment = environmentToAsk(services, url, process.env);
  if (services.length > 0) return plannedAddresses(services, environment, logger);
  return [{ connection: resolveConnectionOptions({}, environment), planned: [] }];
}
