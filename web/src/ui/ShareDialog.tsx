import { ActionIcon, Button, Group, Modal, Radio, Select } from "@mantine/core";
import { IconShare2, IconUserCircle, IconX } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Answered } from "./Answered";
import { ProblemNotice } from "./ProblemNotice";
import classes from "./ShareDialog.module.css";
import {
  type Access,
  accessQuery,
  GIVEN_RIGHTS,
  type GivenRight,
  peopleQuery,
  personLabel,
  putAccess,
  type Right,
  remainingPeople,
  type SharedKind,
  VISIBILITIES,
  type Visibility,
  withoutShare,
  withShare,
} from "./sharing";

interface SharedThing {
  kind: SharedKind;
  id: string;
  /** One's own right: only an owner can change who may use the thing. */
  right: Right;
}

/** Opens the dialog that says, and lets an owner choose, who may use something. */
export function ShareButton(thing: SharedThing) {
  const { t } = useTranslation();
  const [isOpen, open] = useState(false);
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconShare2 size={14} aria-hidden />}
        onClick={() => open(true)}
      >
        {t("action.share")}
      </Button>
      <ShareDialog {...thing} isOpen={isOpen} onClose={() => open(false)} />
    </>
  );
}

interface ShareDialogProps extends SharedThing {
  isOpen: boolean;
  onClose: () => void;
}

/** The dialog alone, for places where another control opens it: a menu of a row, say. */
export function ShareDialog({ isOpen, onClose, ...thing }: ShareDialogProps) {
  const { t } = useTranslation(["sharing", "common"]);
  return (
    <Modal opened={isOpen} onClose={onClose} title={t("title")} size="md">
      <AccessForm {...thing} />
    </Modal>
  );
}

function AccessForm({ kind, id, right }: SharedThing) {
  const { t } = useTranslation(["sharing", "common"]);
  const client = useQueryClient();
  const access = useQuery(accessQuery(kind, id));
  const change = useMutation({
    mutationFn: (next: Access) => putAccess(kind, id, next),
    // The lists show visibility too.
    onSuccess: (next) => {
      client.setQueryData(accessQuery(kind, id).queryKey, next);
      return client.invalidateQueries({ queryKey: [kind] });
    },
  });
  const isMine = right === "own";
  return (
    <Answered query={access}>
      {(stored) => {
        const shown = change.isPending ? change.variables : stored;
        return (
          <>
            <p className={classes.owner}>
              <IconUserCircle size={16} aria-hidden />
              {shown.owner === null ? t("owner.nobody") : t("owner.named", { name: shown.owner })}
            </p>
            <VisibilityChoice
              kind={kind}
              value={shown.visibility}
              isDisabled={!isMine}
              onChange={(visibility) => change.mutate({ ...shown, visibility })}
            />
            {isMine ? (
              <Shares access={shown} onChange={change.mutate} />
            ) : (
              <p className={classes.note}>{t(`yours.${right}`)}</p>
            )}
            {change.isError && <ProblemNotice problem={change.error} onClose={change.reset} />}
          </>
        );
      }}
    </Answered>
  );
}

interface VisibilityChoiceProps {
  kind: SharedKind;
  value: Visibility;
  isDisabled: boolean;
  onChange: (visibility: Visibility) => void;
}

function VisibilityChoice({ kind, value, isDisabled, onChange }: VisibilityChoiceProps) {
  const { t } = useTranslation("sharing");
  return (
    <Radio.Group
      value={value}
      onChange={(chosen) => onChange(chosen as Visibility)}
      aria-label={t("visibility")}
    >
      <div className={classes.choices}>
        {VISIBILITIES.map((visibility) => (
          <div key={visibility} className={classes.choice} data-checked={value === visibility}>
            <Radio
              size="xs"
              value={visibility}
              disabled={isDisabled}
              label={t(`${visibility}.title`)}
              description={t(`${visibility}.${visibility === "public" ? kind : "text"}`)}
            />
          </div>
        ))}
      </div>
    </Radio.Group>
  );
}

function Shares({ access, onChange }: { access: Access; onChange: (access: Access) => void }) {
  const { t } = useTranslation(["sharing", "common"]);
  const people = useQuery(peopleQuery).data ?? [];
  const named = Object.entries(access.shares) as [string, GivenRight][];
  return (
    <section aria-label={t("people")}>
      <h3 className={classes.heading}>{t("people")}</h3>
      {named.length > 0 && (
        <ul className={classes.people}>
          {named.map(([name, right]) => (
            <li key={name} className={classes.person}>
              <span className={classes.name}>{personLabel(name, people)}</span>
              <RightChoice
                label={t("rightOf", { name })}
                value={right}
                onChange={(next) => onChange(withShare(access, name, next))}
              />
              <ActionIcon
                aria-label={t("remove", { name })}
                onClick={() => onChange(withoutShare(access, name))}
              >
                <IconX size={14} />
              </ActionIcon>
            </li>
          ))}
        </ul>
      )}
      <AddPerson
        people={remainingPeople(people, access)}
        onAdd={(name, right) => onChange(withShare(access, name, right))}
      />
      {access.visibility === "private" && named.length > 0 && (
        <p className={classes.note}>{t("withoutEffect")}</p>
      )}
    </section>
  );
}

interface RightChoiceProps {
  label: string;
  value: GivenRight;
  onChange: (right: GivenRight) => void;
}

function RightChoice({ label, value, onChange }: RightChoiceProps) {
  const { t } = useTranslation("sharing");
  return (
    <Select
      w={136}
      aria-label={label}
      allowDeselect={false}
      data={GIVEN_RIGHTS.map((right) => ({ value: right, label: t(`right.${right}`) }))}
      value={value}
      onChange={(right) => right && onChange(right as GivenRight)}
    />
  );
}

interface AddPersonProps {
  people: ReturnType<typeof remainingPeople>;
  onAdd: (name: string, right: GivenRight) => void;
}

function AddPerson({ people, onAdd }: AddPersonProps) {
  const { t } = useTranslation("sharing");
  const [right, setRight] = useState<GivenRight>("read");
  if (people.length === 0) {
    return <p className={classes.note}>{t("nobodyElse")}</p>;
  }
  return (
    <Group gap="sm" wrap="nowrap">
      <Select
        style={{ flex: 1 }}
        searchable
        aria-label={t("add")}
        placeholder={t("add")}
        nothingFoundMessage={t("nobodyFound")}
        data={people.map(({ name }) => ({ value: name, label: personLabel(name, people) }))}
        value={null}
        onChange={(name) => name && onAdd(name, right)}
      />
      <RightChoice label={t("rightOfNext")} value={right} onChange={setRight} />
    </Group>
  );
}
