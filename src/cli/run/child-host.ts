/** What a watched run asks of the watching process: when to start, where lines go, and the embedded broker. */
import { type ChildMessage, isOurs, type ParentMessage } from "../../hot-reload/messages.ts";
import { exit, getService } from "../../service/running-services.ts";
import { createDeferred } from "../../util/deferred.ts";
import { ParentBroker } from "./parent-broker.ts";
import type { RunHost } from "./run-host.ts";

/** Lines and the embedded broker belong to the watching process. */
export function childHost(): RunHost {
  const go = createDeferred<{ readonly pageBefore: string | undefined }>();
  const brokers: ParentBroker[] = [];
  process.on("message", (message: unknown) => {
    if (!isOurs(message)) return;
    const told = message as ParentMessage;
    if (told.tomodachi === "go") go.resolve({ pageBefore: told.page });
    if (told.tomodachi === "stop") stop();
    if (told.tomodachi === "broker") for (const broker of brokers) broker.answered(told);
  });
  // If the watching process was killed, none of its signals would ever stop this process.
  process.on("disconnect", stop);
  return {
    show: (lines) => {
      for (const line of lines(false)) tell({ tomodachi: "say", line });
      return true;
    },
    createBroker: (port) => {
      const broker = new ParentBroker(port, tell);
      brokers.push(broker);
      return broker;
    },
    loaded: () => {
      tell({ tomodachi: "loaded" });
      return go.promise;
    },
    started: (run, stopSeconds, page) => {
      tell({ tomodachi: "ready", described: run.describe(), stopSeconds, page });
    },
  };
}

function tell(message: ChildMessage): void {
  if (process.connected) process.send?.(message);
}

/** Without a service no work is in flight. */
function stop(): void {
  if (getService()) exit(0);
  else process.exit(0);
}
