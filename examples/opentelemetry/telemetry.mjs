// Registers the SDK of OpenTelemetry before anything else is loaded: `node --import ./telemetry.mjs ...`.
import { register } from "node:module";
import { registerInstrumentations } from "@opentelemetry/instrumentation";
import { HttpInstrumentation } from "@opentelemetry/instrumentation-http";
import { NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { OtlpFileExporter } from "./otlp-file-exporter.mjs";

// Lets instrumentations see modules that are loaded with `import`.
register("@opentelemetry/instrumentation/hook.mjs", import.meta.url);

const exporter = new OtlpFileExporter(process.env.TRACES_FILE ?? "traces.jsonl");
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
registerInstrumentations({ instrumentations: [new HttpInstrumentation()], tracerProvider: provider });
