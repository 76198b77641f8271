import { Anchor, Modal, Text } from "@mantine/core";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useUser } from "@/api/session";
import { Loading } from "@/ui/Loading";
import { useGoingOn, useOtherTabs, useSessionEnd, useSessionEndNotice } from "./sessionEnd";

const SignInForm = lazy(async () => ({
  default: (await import("@/signin/SignInForm")).SignInForm,
}));

/** Signing in again above the screen one was at, so that nothing on it is lost. */
export function SessionEnded() {
  const hasEnded = useSessionEnd((end) => end.hasEnded);
  const goOn = useGoingOn();
  useSessionEndNotice();
  useOtherTabs(hasEnded, goOn);
  return hasEnded ? (
    <Suspense>
      <SessionEndedDialog onSignedIn={goOn} />
    </Suspense>
  ) : null;
}

function SessionEndedDialog({ onSignedIn }: { onSignedIn: ReturnType<typeof useGoingOn> }) {
  const { t } = useTranslation("signin");
  const user = useUser();
  const here = encodeURIComponent(window.location.pathname + window.location.search);
  return (
    <Modal
      opened
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={t("again.title")}
      size="sm"
    >
      <Text size="sm" c="dimmed" mb="lg">
        {t("again.text")} {!user.has_password && t("again.otherTab")}
      </Text>
      <Suspense fallback={<Loading />}>
        <SignInForm name={user.has_password ? user.name : ""} onSignedIn={onSignedIn} />
      </Suspense>
      <Text size="sm" ta="center" mt="lg">
        <Anchor size="sm" href={`/sign-in?ended=1&next=${here}`}>
          {t("again.other")}
        </Anchor>
      </Text>
    </Modal>
  );
}
