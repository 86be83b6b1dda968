import { Command, Option } from "commander";
import { auditCommand } from "./commands/audit.js";
import { batchesCommand } from "./commands/batches.js";
import { configsCommand } from "./commands/configs.js";
import { convertCommand } from "./commands/convert.js";
import { datasetCommand } from "./commands/dataset.js";
import { doctorCommand } from "./commands/doctor.js";
import { healthCommand } from "./commands/health.js";
import { initCommand } from "./commands/init.js";
import { inspectCommand } from "./commands/inspect.js";
import { jobsCommand } from "./commands/jobs.js";
import { submitCommand } from "./commands/submit.js";
import { workerCommand } from "./commands/worker.js";
import type { CliContext } from "./context.js";
import { LOG_LEVELS } from "./io/logger.js";
import { version } from "./version.js";

const HELP = `
Examples:
  $ roboflow init run1.mcap > robot.toml
  $ roboflow convert run1.mcap --config robot.toml --output dataset
  $ roboflow submit 'runs/*.mcap' --config robot.toml --output dataset
  $ roboflow worker --drain
  $ roboflow --store tikv://pd1:2379,pd2:2379 submit 's3://robots/*.mcap' --config robot.toml --output s3://datasets/pick

Settings: a flag wins over the environment, that over roboflow.toml (searched upward), that over the default.
Environment: ROBOFLOW_STORE, ROBOFLOW_LOG_LEVEL, ROBOFLOW_LOG_FORMAT, ROBOFLOW_JOBS, ROBOFLOW_SHARED_PATH,
  ROBOFLOW_SCRATCH, ROBOFLOW_USER, ROBOFLOW_ADMIN_USERS, ROBOFLOW_DEBUG, NO_COLOR;
  TIKV_PD_ENDPOINTS, TIKV_CA_PATH, TIKV_CERT_PATH, TIKV_KEY_PATH;
  AWS_* for s3:// (AWS_ENDPOINT_URL_S3 for servers like it), OSS_* for oss://.

Exit codes: 0 done, 1 a bug, 2 usage, 3 bad input or refused, 4 config, 5 not found,
  6 store away (may work later), 7 partial (some jobs or checks failed), 130 interrupted.`;

/** The whole command line. Usage errors and help throw commander's error instead of exiting. */
export function createProgram(context: CliContext): Command {
  const program = new Command("roboflow")
    .description("Turns robot recordings (MCAP) into LeRobot datasets.")
    .version(version)
    .option("--store <url>", "where jobs and configs are kept: lmdb:PATH or tikv://HOST:PORT,…")
    .option("--tikv-endpoints <list>", "PD members of a TiKV cluster, as --store tikv://… has them")
    .option("--tikv-ca <file>", "certificate authority of the TiKV cluster (PEM)")
    .option("--tikv-cert <file>", "this client's certificate for TiKV (PEM)")
    .option("--tikv-key <file>", "the key of that certificate (PEM)")
    .addOption(new Option("--log-level <level>", "least severe log line shown").choices(LOG_LEVELS))
    .addOption(
      new Option("--log-format <format>", "log lines as text or JSON").choices(["text", "json"]),
    )
    .option("--debug", "show stack traces and causes of errors")
    .addHelpText("after", HELP);
  const commands = [
    submitCommand(context),
    workerCommand(context),
    jobsCommand(context),
    batchesCommand(context),
    configsCommand(context),
    inspectCommand(context),
    initCommand(context),
    convertCommand(context),
    datasetCommand(context),
    healthCommand(context),
    doctorCommand(context),
    auditCommand(context),
  ];
  for (const command of commands) program.addCommand(command);
  return throwing(program, context);
}

/** Makes a command and all below it throw, and print usage errors as everything else is printed. */
function throwing(command: Command, context: CliContext): Command {
  command.exitOverride().configureOutput({
    outputError: (text) => context.terminal.message(text.trimEnd()),
  });
  command.showHelpAfterError("(add --help for usage and examples)");
  for (const child of command.commands) throwing(child, context);
  return command;
}
