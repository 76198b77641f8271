/** The queue and the devices, as the server last told. */
import { queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";

export type QueuedJob = Schemas["QueuedJob"];
export type Devices = Schemas["Devices"];
export type Gpu = Schemas["Gpu"];

export const queueQuery = queryOptions({
  queryKey: keys.queue,
  queryFn: () => dataOf(api.GET("/api/v1/queue")),
});

export const devicesQuery = queryOptions({
  queryKey: keys.devices,
  queryFn: () => dataOf(api.GET("/api/v1/devices")),
});
