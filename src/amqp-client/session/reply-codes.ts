/** The reply codes of AMQP that a user can meet (AMQP 0-9-1, 1.2 "reply-code"), in plain words. `docs/errors.md` shows this table. */

export interface ReplyExplanation {
  readonly code: number;
  /** As at the beginning of RabbitMQ's reply text. */
  readonly name: string;
  readonly meaning: string;
  readonly cure: string;
}

export const replyExplanations: readonly ReplyExplanation[] = [
  {
    code: 311,
    name: "CONTENT_TOO_LARGE",
    meaning: "A message is larger than the broker accepts.",
    cure: "Send a reference to the data, or raise max_message_size in rabbitmq.conf.",
  },
  {
    code: 313,
    name: "NO_CONSUMERS",
    meaning: "A message that had to be delivered at once found no waiting consumer.",
    cure: "Start a consumer, or publish without the flag immediate, which RabbitMQ does not support.",
  },
  {
    code: 320,
    name: "CONNECTION_FORCED",
    meaning: "The broker is stopping, or an operator closed the connection.",
    cure: "You need to do nothing: the connection is opened again. If it is closed repeatedly, look at the broker's log.",
  },
  {
    code: 403,
    name: "ACCESS_REFUSED",
    meaning: "The login is wrong, or it has no permission on this name.",
    cure: "Check user name and password; `tomodachi doctor <service>` names each missing permission.",
  },
  {
    code: 404,
    name: "NOT_FOUND",
    meaning: "The exchange, queue or virtual host does not exist.",
    cure: "Check the name and the virtual host, or start the service that declares it.",
  },
  {
    code: 405,
    name: "RESOURCE_LOCKED",
    meaning: "Another connection owns the queue exclusively.",
    cure: "Wait until that connection is closed, or choose another queueName.",
  },
  {
    code: 406,
    name: "PRECONDITION_FAILED",
    meaning:
      "A condition is not met: a queue or exchange exists with other arguments, a value is not allowed, a message is too large, or a delivery was held longer than consumer_timeout.",
    cure: "Read what the broker names; `tomodachi doctor <service>` shows every argument that differs.",
  },
  {
    code: 530,
    name: "NOT_ALLOWED",
    meaning:
      "The virtual host does not exist, the user has no access to it, or a limit of connections, channels or queues is reached.",
    cure: "Create it (rabbitmqctl add_vhost), give the user permissions (rabbitmqctl set_permissions), or raise the limit.",
  },
  {
    code: 540,
    name: "NOT_IMPLEMENTED",
    meaning: "The broker does not support this, for example a global prefetch on a quorum queue.",
    cure: "Remove it, or use a broker that supports it; `tomodachi doctor` shows the product and version of the broker.",
  },
  {
    code: 541,
    name: "INTERNAL_ERROR",
    meaning:
      "The broker failed internally, or it denies an old feature. RabbitMQ 4.3 denies transient queues, for example.",
    cure: "Look at the broker's log.",
  },
];

/** The broker's words, then what the code means and what to do; the words alone for a code that is not in the table. */
export function explainReply(replyCode: number | undefined, words: string): string {
  const found = replyExplanations.find(({ code }) => code === replyCode);
  if (!found) return words;
  return `${words.replace(/\.$/, "")}. ${found.meaning} ${found.cure}`;
}
