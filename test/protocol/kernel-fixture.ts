/** One kernel for a file of tests: started before the first, shut down after the last. */
import { afterAll, beforeAll } from "vitest";
import { KernelClient, type StartOptions } from "./client.js";

export function useKernel(options: StartOptions = {}): () => KernelClient {
  let client: KernelClient | undefined;
  beforeAll(async () => {
    client = await KernelClient.start(options);
  });
  afterAll(async () => {
    await client?.stop();
  });
  return () => {
    if (client === undefined) throw new Error("the kernel has not been started");
    return client;
  };
}
