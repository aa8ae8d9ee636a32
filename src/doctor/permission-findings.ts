/** Which of the permissions that services need a login has. */
import type { AmqpConnection } from "../amqp-client/connection.ts";
import type { Answer } from "./ask.ts";
import { counted, type Finding, info, ok, problem, warning } from "./finding.ts";
import {
  type Blocked,
  mayBind,
  mayConsume,
  mayDeclareExchange,
  mayDeclareQueue,
  mayPublish,
} from "./harmless-questions.ts";
import type { Permission } from "./wanted.ts";

export interface PermissionSettings {
  readonly connection: AmqpConnection;
  /** A second connection, because an alarm blocks connections that publish. */
  readonly publishing: AmqpConnection;
  readonly permissions: readonly Permission[];
  readonly username: string;
}

export async function permissionFindings(settings: PermissionSettings): Promise<readonly Finding[]> {
  const { username } = settings;
  const permissions = onceEach(settings.permissions);
  const refused: { readonly permission: Permission; readonly words: string }[] = [];
  let unanswered = 0;
  for (const permission of permissions) {
    const answer = unanswered > 0 && permission.to.kind === "publish" ? undefined : await asked(permission, settings);
    if (!answer || answer.kind === "blocked") unanswered++;
    else if (answer.kind === "refused" && answer.replyCode === 403) refused.push({ permission, words: answer.words });
  }
  const findings = refused.map(({ permission, words }) => refusedFinding(permission, words, username));
  if (unanswered > 0) {
    findings.push(
      info(
        `Permissions to publish: not tested, because the broker has an alarm and does not answer publishes (${counted(unanswered, "exchange")}).`,
      ),
    );
  }
  const granted = permissions.length - refused.length - unanswered;
  const all = refused.length === 0 && unanswered === 0;
  const login = username === "" ? "The login" : `The login "${username}"`;
  if (granted === 0) return findings;
  return [
    ok(
      `${login} has ${all ? "all permissions" : "these permissions"} that the services need: ${summary(permissions, refused)}.`,
    ),
    ...findings,
  ];
}

function asked({ to }: Permission, { connection, publishing }: PermissionSettings): Promise<Answer<unknown> | Blocked> {
  switch (to.kind) {
    case "declare queue":
      return mayDeclareQueue(connection, to.queue);
    case "declare exchange":
      return mayDeclareExchange(connection, to.exchange);
    case "consume":
      return mayConsume(connection, to.queue);
    case "publish":
      return mayPublish(publishing, to.exchange);
    default:
      return mayBind(connection, to);
  }
}

function refusedFinding({ needed, service, to }: Permission, words: string, username: string): Finding {
  const purpose = needed === "start" ? "declare" : "run";
  const fix = `Give "${username}" the permission: \`tomodachi topology <${service}> --permissions ${purpose} --format commands\` prints the command.`;
  const says = `The login is not allowed to ${actionOf(to)}: it needs ${rightOf(to)} (${words}).`;
  return needed === "start" ? problem(says, fix) : warning(says, fix);
}

function actionOf(to: Permission["to"]): string {
  switch (to.kind) {
    case "declare queue":
      return `declare the queue "${to.queue}"`;
    case "declare exchange":
      return `declare the exchange "${to.exchange}"`;
    case "consume":
      return `consume the queue "${to.queue}"`;
    case "publish":
      return `publish to the exchange "${exchangeName(to.exchange)}"`;
    default:
      return `bind the queue "${to.queue}" to the exchange "${to.exchange}"`;
  }
}

function rightOf(to: Permission["to"]): string {
  switch (to.kind) {
    case "declare queue":
    case "declare exchange":
      return "the permission configure on it";
    case "consume":
      return "the permission read on it";
    case "publish":
      return "the permission write on it";
    default:
      return "the permissions write on the queue and read on the exchange";
  }
}

/** RabbitMQ's name in permissions for the exchange without a name. */
function exchangeName(name: string): string {
  return name || "amq.default";
}

function summary(permissions: readonly Permission[], refused: readonly { readonly permission: Permission }[]): string {
  const granted = permissions.filter((permission) => !refused.some((one) => one.permission === permission));
  const of = (kind: Permission["to"]["kind"], verb: string, what: string): readonly string[] => {
    const number = granted.filter(({ to }) => to.kind === kind).length;
    return number === 0 ? [] : [`${verb} ${counted(number, what)}`];
  };
  return [
    ...of("declare exchange", "declare", "exchange"),
    ...of("declare queue", "declare", "queue"),
    ...of("bind", "make", "binding"),
    ...of("consume", "consume", "queue"),
    ...of("publish", "publish to", "exchange"),
  ].join(", ");
}

/** Permissions for the start come before those that are needed later. */
function onceEach(permissions: readonly Permission[]): readonly Permission[] {
  const found = new Map<string, Permission>();
  for (const needed of ["start", "later"]) {
    for (const permission of permissions.filter((one) => one.needed === needed)) {
      const key = JSON.stringify(permission.to);
      if (!found.has(key)) found.set(key, permission);
    }
  }
  return [...found.values()];
}
