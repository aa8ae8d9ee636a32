// A service with a transport that is not part of tomodachi: it reads the files that it writes itself.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineOptions, Service } from "tomodachi";
import { type FileContext, file, writeFileTo } from "./file.ts";

export class Inbox extends Service {
  name = "inbox";

  constructor(folder: string) {
    super();
    this.options = defineOptions({ files: { folder, pollMs: 200 } });
  }

  override async startedService(): Promise<void> {
    await writeFileTo(this, "letter.txt", "see you on Sunday");
    await writeFileTo(this, "broken.json", "{");
  }

  @file(".txt")
  async onLetter(content: Buffer, { fileName, logger }: FileContext): Promise<void> {
    logger.info(`${fileName} says: ${content}`);
  }

  @file(".json")
  async onJson(content: Buffer): Promise<void> {
    JSON.parse(content.toString());
  }
}

export default async (): Promise<Inbox> => new Inbox(await mkdtemp(join(tmpdir(), "tomodachi-inbox-")));
