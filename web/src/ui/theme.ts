/** Mantine's components in the workbench's look: calm, dense, one accent. */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

const accent: MantineColorsTuple = [
  "#eef2fe",
  "#dbe4fc",
  "#b6c8f8",
  "#8eaaf3",
  "#6c8fee",
  "#4f78e6",
  "#2f5bd8",
  "#274cb8",
  "#203e96",
  "#1a3277",
];

/** Mantine's surfaces in the dark, in the blue-grey of our tokens: 0 text, 4 borders, 6 controls, 7 body. */
const dark: MantineColorsTuple = [
  "#e6e9ee",
  "#c9d0d9",
  "#a3acb8",
  "#7b8594",
  "#3a424d",
  "#2a3038",
  "#22272e",
  "#1b1f25",
  "#14171b",
  "#0f1215",
];

export const theme = createTheme({
  primaryColor: "accent",
  primaryShade: { light: 6, dark: 5 },
  colors: { accent, dark },
  fontFamily: "var(--nl-font)",
  fontFamilyMonospace: "var(--nl-mono)",
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  headings: {
    fontWeight: "600",
    sizes: { h1: { fontSize: "20px" }, h2: { fontSize: "16px" }, h3: { fontSize: "14px" } },
  },
  spacing: { xs: "4px", sm: "8px", md: "12px", lg: "16px", xl: "24px" },
  defaultRadius: "sm",
  cursorType: "pointer",
  components: {
    Button: { defaultProps: { size: "xs" } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray" } },
    TextInput: { defaultProps: { size: "xs" } },
    PasswordInput: { defaultProps: { size: "xs" } },
    NumberInput: { defaultProps: { size: "xs" } },
    Select: { defaultProps: { size: "xs", comboboxProps: { withinPortal: true } } },
    MultiSelect: { defaultProps: { size: "xs" } },
    Textarea: { defaultProps: { size: "xs" } },
    Switch: { defaultProps: { size: "xs" } },
    Checkbox: { defaultProps: { size: "xs" } },
    SegmentedControl: { defaultProps: { size: "xs" } },
    Tooltip: { defaultProps: { openDelay: 300, transitionProps: { duration: 100 } } },
    Modal: { defaultProps: { centered: true, transitionProps: { duration: 120 } } },
    Menu: { defaultProps: { shadow: "md", transitionProps: { duration: 100 } } },
  },
});

/** Mantine takes its surfaces and texts from our tokens. */
export const mantineVariables: CSSVariablesResolver = () => {
  const both = {
    "--mantine-color-body": "var(--nl-surface)",
    "--mantine-color-text": "var(--nl-text)",
    "--mantine-color-dimmed": "var(--nl-text-2)",
    "--mantine-color-default-border": "var(--nl-line)",
    "--mantine-color-default-hover": "var(--nl-hover)",
  };
  return { variables: {}, light: both, dark: both };
};
