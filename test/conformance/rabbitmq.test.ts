// The suite against the private RabbitMQ of the run.
import { isPrivateBroker } from "../support/broker.ts";
import { useRabbitMq } from "./admin-rabbitmq.ts";
import { divergences } from "./divergences.ts";
import { describeBroker } from "./suite.ts";

describeBroker("RabbitMQ", isPrivateBroker ? useRabbitMq : undefined, divergences);
