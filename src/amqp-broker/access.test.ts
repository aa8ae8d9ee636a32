/** Which users may log in, and what each may do there. */
import { describe, expect, it } from "vitest";
import { Access, type Right } from "./access.ts";

const everything = { configure: ".*", write: ".*", read: ".*" };

function accessOf(trusted: boolean): Access {
  const access = new Access();
  access.addUser({ name: "ann", password: "secret" }, trusted);
  return access;
}

function allowed(access: Access, right: Right, kind: "exchange" | "queue", name: string): boolean {
  try {
    access.check("ann", "/", right, kind, name);
    return true;
  } catch {
    return false;
  }
}

describe("Access", () => {
  it("recognises a user by the password", () => {
    const access = accessOf(true);
    expect(access.knows("ann", "secret")).toBe(true);
    expect(access.knows("ann", "Secret")).toBe(false);
    expect(access.knows("ann", "")).toBe(false);
    expect(access.knows("bob", "secret")).toBe(false);
    expect(access.knows("constructor", "")).toBe(false);
    access.removeUser("ann");
    expect(access.knows("ann", "secret")).toBe(false);
  });

  it("gives a trusted user every permission in every virtual host until permissions are set", () => {
    const access = accessOf(true);
    expect(access.mayEnter("ann", "/")).toBe(true);
    expect(allowed(access, "configure", "queue", "q")).toBe(true);
    access.setPermissions("ann", "/", undefined);
    expect(access.mayEnter("ann", "/")).toBe(false);
    expect(access.mayEnter("ann", "other")).toBe(true);
    expect(allowed(access, "configure", "queue", "q")).toBe(false);
  });

  it("refuses a user who is not trusted and has no permissions", () => {
    const access = accessOf(false);
    expect(access.mayEnter("ann", "/")).toBe(false);
    access.setPermissions("ann", "/", everything);
    expect(access.mayEnter("ann", "/")).toBe(true);
    expect(access.mayEnter("ann", "other")).toBe(false);
    expect(access.mayEnter("bob", "/")).toBe(false);
  });

  it("reads permissions as regular expressions over names; an empty expression allows no named resource", () => {
    const access = accessOf(false);
    access.setPermissions("ann", "/", { configure: "", write: "^orders\\.", read: "^(orders|amq)\\." });
    expect(allowed(access, "write", "exchange", "orders.in")).toBe(true);
    expect(allowed(access, "write", "exchange", "my.orders.in")).toBe(false);
    expect(allowed(access, "read", "queue", "amq.gen-1")).toBe(true);
    expect(allowed(access, "configure", "queue", "orders.q")).toBe(false);
    // An expression that is not anchored agrees anywhere, as in RabbitMQ.
    access.setPermissions("ann", "/", { ...everything, write: "orders" });
    expect(allowed(access, "write", "exchange", "my.orders.in")).toBe(true);
  });

  it("writes amq.default for the default exchange", () => {
    const access = accessOf(false);
    access.setPermissions("ann", "/", { ...everything, write: "^amq\\.default$" });
    expect(allowed(access, "write", "exchange", "")).toBe(true);
    expect(allowed(access, "write", "exchange", "amq.topic")).toBe(false);
  });

  it("refuses with the error message of RabbitMQ", () => {
    const access = accessOf(false);
    access.setPermissions("ann", "/", { ...everything, read: "" });
    expect(() => access.check("ann", "/", "read", "queue", "q")).toThrow(
      expect.objectContaining({
        scope: "channel",
        replyCode: 403,
        message: "ACCESS_REFUSED - read access to queue 'q' in vhost '/' refused for user 'ann'",
      }),
    );
  });

  it("refuses permissions that are not regular expressions, and keeps the ones that are set", () => {
    const access = accessOf(false);
    access.setPermissions("ann", "/", everything);
    expect(() => access.setPermissions("ann", "/", { ...everything, read: "(" })).toThrow(
      expect.objectContaining({ code: "ERR_BROKER_OPTIONS", message: expect.stringContaining('"("') }),
    );
    expect(allowed(access, "read", "queue", "q")).toBe(true);
  });

  it("gives no old permissions to a new user of the same name or to a new virtual host", () => {
    const access = accessOf(false);
    access.setPermissions("ann", "/", everything);
    access.setPermissions("ann", "other", everything);
    access.removeVirtualHost("other");
    expect([access.mayEnter("ann", "/"), access.mayEnter("ann", "other")]).toEqual([true, false]);
    access.removeUser("ann");
    access.addUser({ name: "ann", password: "new" }, false);
    expect(access.mayEnter("ann", "/")).toBe(false);
  });

  it("denies everything to a user who was removed while connected", () => {
    const access = accessOf(false);
    access.setPermissions("ann", "/", everything);
    access.removeUser("ann");
    expect(allowed(access, "write", "exchange", "e")).toBe(false);
  });
});
