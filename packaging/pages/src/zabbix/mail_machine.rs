//! A mail host from inside, by way of its agent: the queues, and the machine.

use super::check::{Check, Runner};
use super::discovery;
use super::template::{Macro, Template, Trigger, Widget};

/// The template.
pub(super) fn template() -> Template {
    let mut template =
        Template::new("mail-machine.json", "Mail host from inside by mailhost", ABOUT)
            .with_macros(MACROS);
    let critical = QUEUE.add_to(&mut template);
    template.add_trigger(&Trigger {
        name: "Mail queue: the oldest message waits too long".to_owned(),
        expression: "min(/@/mailhost.queue.send_age,10m)>{$MAILHOST.QUEUE.AGE}".to_owned(),
        operational_data: "{ITEM.LASTVALUE1}".to_owned(),
        severity: "WARNING",
        what_to_do: OLD.to_owned(),
        unless: vec![critical],
        ..Trigger::default()
    });
    discovery::queues(&mut template, &QUEUE);
    MACHINE.add_to(&mut template);
    discovery::mounts(&mut template, &MACHINE);
    template.graph(MESSAGES, &QUEUE.keys(&["messages", "send", "receive"]));
    template.graph(AGES, &QUEUE.keys(&["messages_age", "send_age", "receive_age"]));
    template.graph(PROCESSORS, &MACHINE.keys(&["cpu_used", "cpu_iowait", "cpu_steal"]));
    template.graph(MEMORY, &MACHINE.keys(&["memory_used", "swap_used"]));
    template.row(
        3,
        vec![
            Widget::Value("Mail queue", QUEUE.key("state")),
            Widget::Value("Waiting to leave", QUEUE.key("send")),
            Widget::Value("The oldest of them", QUEUE.key("send_age")),
            Widget::Value("Machine", MACHINE.key("state")),
        ],
    );
    template.row(
        4,
        vec![
            Widget::Text("Mail queue: what is the matter", QUEUE.key("report")),
            Widget::Text("Machine: what is the matter", MACHINE.key("report")),
        ],
    );
    template.row(6, vec![Widget::Graph(MESSAGES), Widget::Graph(AGES)]);
    template.row(6, vec![Widget::Graph(PROCESSORS), Widget::Graph(MEMORY)]);
    template.row(
        10,
        vec![
            Widget::GraphOfEach(discovery::QUEUE_GRAPH),
            Widget::GraphOfEach(discovery::MOUNT_GRAPH),
        ],
    );
    template
}

const QUEUE: Check = Check {
    id: "queue",
    title: "Mail queue",
    plugin: "smtp_queue",
    runner: Runner::Agent,
    // As one word each: a UserParameter takes no more than nine.
    options: "--send-warning={$MAILHOST.QUEUE.WARNING},--send-critical={$MAILHOST.QUEUE.CRITICAL},\
        --receive-warning={$MAILHOST.QUEUE.WARNING},--receive-critical={$MAILHOST.QUEUE.CRITICAL}",
    interval: "{$MAILHOST.QUEUE.INTERVAL}",
    silence: "{$MAILHOST.QUEUE.NODATA}",
    metrics: &[
        "messages",
        "messages_age",
        "messages_bytes",
        "send",
        "send_age",
        "receive",
        "receive_age",
        "rate",
        "growth",
        "drain",
        "space_free",
        "time",
    ],
};

const MACHINE: Check = Check {
    id: "machine",
    title: "Machine",
    plugin: "host_resources",
    runner: Runner::Agent,
    options: "--sustained,{$MAILHOST.MACHINE.SUSTAINED},--disk-warning={$MAILHOST.DISK.WARNING},\
        --disk-critical={$MAILHOST.DISK.CRITICAL}",
    interval: "{$MAILHOST.MACHINE.INTERVAL}",
    silence: "{$MAILHOST.MACHINE.NODATA}",
    metrics: &[
        "cpu_used",
        "cpu_iowait",
        "cpu_steal",
        "memory_used",
        "memory_available",
        "swap_used",
        "load1",
        "load5",
        "load15",
        "core_load15",
        "time",
    ],
};

const ABOUT: &str = "\
A mail host from inside: its mail queues, and the machine with its disks.

The plugins run on the mail host itself, by way of Zabbix agent 2: install the package there. It brings the \
UserParameters mailhost_smtp_queue and mailhost_host_resources. The user zabbix may need a right to see the queue; \
until it has it, the check is UNKNOWN and says which.";

const MACROS: &[Macro] = &[
    (
        "{$MAILHOST.QUEUE.WARNING}",
        "1000",
        "Messages that may wait to leave, and as many to be taken in or delivered locally.",
    ),
    ("{$MAILHOST.QUEUE.CRITICAL}", "5000", "The same for CRITICAL."),
    (
        "{$MAILHOST.QUEUE.LIMIT}",
        "1000000",
        "A limit of its own for one queue, whose name is the context; without one it is never reached.",
    ),
    ("{$MAILHOST.QUEUE.AGE}", "4h", "How old the oldest message that waits to leave may be."),
    ("{$MAILHOST.QUEUE.INTERVAL}", "1m", "How often the queues are looked at."),
    ("{$MAILHOST.QUEUE.NODATA}", "5m", "How long that check may give no answer."),
    (
        "{$MAILHOST.DISK.WARNING}",
        "80%",
        "How much of a file system may be in use; of a large one only where less than 10 GB is left.",
    ),
    ("{$MAILHOST.DISK.CRITICAL}", "90%", "The same for CRITICAL, where less than 5 GB is left."),
    (
        "{$MAILHOST.MOUNT.LIMIT}",
        "100",
        "A limit of its own for one mount, which is the context, in percent; without one it is never reached.",
    ),
    ("{$MAILHOST.MACHINE.SUSTAINED}", "5m", "The processors are judged by the mean of this time."),
    ("{$MAILHOST.MACHINE.INTERVAL}", "1m", "How often the machine is looked at."),
    ("{$MAILHOST.MACHINE.NODATA}", "5m", "How long that check may give no answer."),
];

const OLD: &str =
    "Run check_smtp_queue --top 5 on the host to see who sends, where it goes and why it waits.";
const MESSAGES: &str = "Mail queue: messages";
const AGES: &str = "Mail queue: the oldest";
const PROCESSORS: &str = "Machine: processors";
const MEMORY: &str = "Machine: memory and swap";
