import { Button, Checkbox, Group, Modal, NumberInput, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, dataOf } from "@/api/client";
import { keys } from "@/api/queries";
import { ProblemNotice } from "@/ui/ProblemNotice";
import type { Devices } from "./queueQueries";

const GIB_IN_MIB = 1024;

/** A button, and a dialog in which an administrator chooses what of the machine jobs may use. */
export function AllowanceButton({ devices }: { devices: Devices }) {
  const { t } = useTranslation("queue");
  const [isOpen, open] = useState(false);
  return (
    <>
      <Button variant="default" onClick={() => open(true)}>
        {t("allowance.choose")}
      </Button>
      <Modal opened={isOpen} onClose={() => open(false)} title={t("allowance.title")}>
        <AllowanceForm devices={devices} onDone={() => open(false)} />
      </Modal>
    </>
  );
}

function AllowanceForm({ devices, onDone }: { devices: Devices; onDone: () => void }) {
  const { t } = useTranslation("queue");
  const [cpus, setCpus] = useState<number | string>(devices.cpus_usable);
  const [gib, setGib] = useState<number | string>(inGib(devices.memory_usable_mb));
  const [gpus, setGpus] = useState(() => devices.gpus.filter((gpu) => gpu.is_usable).map(indexOf));
  const change = useAllowanceChange(onDone);
  const choose = () =>
    change.mutate({
      cpus: Number(cpus) < devices.cpus ? Number(cpus) : null, // null is all of it
      memory_mb:
        Number(gib) < inGib(devices.memory_mb) ? Math.round(Number(gib) * GIB_IN_MIB) : null,
      gpus: gpus.length === devices.gpus.length ? null : gpus,
    });
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {t("allowance.text")}
      </Text>
      <NumberInput
        label={t("cpus")}
        description={t("allowance.of", { all: devices.cpus })}
        min={0.1}
        max={devices.cpus}
        value={cpus}
        onChange={setCpus}
      />
      <NumberInput
        label={t("allowance.memory")}
        description={t("allowance.of", { all: inGib(devices.memory_mb) })}
        min={0.1}
        max={inGib(devices.memory_mb)}
        value={gib}
        onChange={setGib}
      />
      {devices.gpus.map((gpu) => (
        <Checkbox
          key={gpu.index}
          label={t("gpu", { index: gpu.index, name: gpu.name })}
          checked={gpus.includes(gpu.index)}
          onChange={(event) => {
            const others = gpus.filter((index) => index !== gpu.index);
            setGpus(event.currentTarget.checked ? [...others, gpu.index] : others);
          }}
        />
      ))}
      {change.isError && <ProblemNotice problem={change.error} />}
      <Group justify="flex-end">
        <Button
          variant="default"
          onClick={() => change.mutate({ cpus: null, memory_mb: null, gpus: null })}
        >
          {t("allowance.everything")}
        </Button>
        <Button loading={change.isPending} onClick={choose}>
          {t("common:action.save")}
        </Button>
      </Group>
    </Stack>
  );
}

function useAllowanceChange(onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { cpus: number | null; memory_mb: number | null; gpus: number[] | null }) =>
      dataOf(api.PUT("/api/v1/devices", { body })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.devices });
      await client.invalidateQueries({ queryKey: keys.queue });
      onDone();
    },
  });
}

const indexOf = (gpu: Devices["gpus"][number]) => gpu.index;

/** In GiB with one decimal, rounded down: never more than there is. */
const inGib = (mib: number) => Math.floor((10 * mib) / GIB_IN_MIB) / 10;
