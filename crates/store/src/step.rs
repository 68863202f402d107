//! Named steps on the way of a command to disk, for tests that end the process at one of them, and
//! safeguards that such a test leaves out to see that it notices.
//!
//! Without the feature `steps`, which only tests turn on, nothing of this is in the program:
//! [`reached`] is empty, [`is_without`] is false and [`bytes_or`] gives back what it is given.
//!
//! | variable | meaning |
//! |---|---|
//! | `REDRESS_DIE_AT=before_sync:3` | the process kills itself (SIGKILL) when it is before a sync for the third time |
//! | `REDRESS_DIE_AT=before_sync:3:20` | the same 20 ms later: the thread that came there waits, the others go on |
//! | `REDRESS_WITHOUT=resume` | that [`Safeguard`] is left out |
//! | `REDRESS_SEGMENT_BYTES`, `REDRESS_FRAME_BYTES` | smaller segments and frames than usual |
//! | `REDRESS_ROWS_IN_SLED` | fewer rows than usual that sled has of a read model before they become a file |

/// Declares an enum whose values have names as text.
macro_rules! named {
    ($(#[$of_enum:meta])* $name:ident { $($(#[$of_value:meta])* $value:ident = $text:literal,)+ }) => {
        $(#[$of_enum])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$of_value])* $value,)+
        }

        impl $name {
            /// Every value, in the order of a command's way.
            pub const ALL: &[Self] = &[$(Self::$value,)+];

            /// Its name in environment variables.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $text,)+
                }
            }
        }
    };
}

named! {
    /// A place that is between two effects which a crash may part.
    Step {
        /// A frame is ready and nothing of it is written.
        BeforeAppend = "before_append",
        /// A frame is written and not synced.
        BeforeSync = "before_sync",
        /// A frame is durable and nobody knows.
        AfterSync = "after_sync",
        /// A group is durable, and this one of its commands is not answered.
        BeforeAcknowledge = "before_acknowledge",
        /// A command is answered.
        AfterAcknowledge = "after_acknowledge",
        /// A batch for the read store, with the position that it reflects, is ready.
        BeforeSledBatch = "before_sled_batch",
        /// Rows are in sled and the position that they reflect is not: a place that only exists
        /// without [`Safeguard::CheckpointInBatch`].
        BeforeCheckpoint = "before_checkpoint",
        /// sled has taken a batch, and may have it in memory only.
        AfterSledBatch = "after_sled_batch",
        /// sled has handed everything to the operating system.
        AfterSledFlush = "after_sled_flush",
        /// A file has rows that changed, and no record names it.
        RowsWritten = "rows_written",
        /// A file has the rows of several, and no record names it.
        RowsMerged = "rows_merged",
        /// A record names a file in the place of several, which are still there.
        RowsExchanged = "rows_exchanged",
        /// Files of rows that another one has are gone.
        RowsRemoved = "rows_removed",
        /// Rebuilt read models are about to take the place of the live ones.
        BeforeProjectionSwitch = "projection_switch_before",
        /// Rebuilt read models have taken the place of the live ones.
        AfterProjectionSwitch = "projection_switch_after",
        /// Kept read models are about to be live again.
        BeforeProjectionRollback = "projection_rollback_before",
        /// Kept read models are live again.
        AfterProjectionRollback = "projection_rollback_after",
        /// A segment is full.
        BeforeSegmentSeal = "segment_seal_before",
        /// A segment has its digest beside it and no successor.
        BetweenSegmentSeal = "segment_seal_between",
        /// The next segment is there and nothing is in it.
        AfterSegmentSeal = "segment_seal_after",
        /// A new file of the vault is there and empty, under a name of its own.
        BeforeVaultWrite = "vault_before_write",
        /// A new file of the vault is durable under a name of its own.
        BeforeVaultRename = "vault_before_rename",
        /// A file of the vault has its name, which is not durable.
        AfterVaultRename = "vault_after_rename",
        /// A backup has begun and copied nothing.
        BackupBegun = "backup_begun",
        /// A backup has one more segment, which its manifest does not name.
        BackupSegmentCopied = "backup_segment_copied",
        /// Everything of a backup is durable but its manifest.
        BackupBeforeManifest = "backup_before_manifest",
        /// A backup has its manifest.
        BackupAfterManifest = "backup_after_manifest",
        /// A place is marked as one that is restored into, and nothing is in it.
        RestoreBegun = "restore_begun",
        /// A place that is restored into has one more segment.
        RestoreSegmentCopied = "restore_segment_copied",
        /// Everything that is restored is durable, and the place is still marked.
        RestoreBeforeUnmark = "restore_before_unmark",
        /// A place that was restored into is a store.
        RestoreAfterUnmark = "restore_after_unmark",
    }
}

named! {
    /// What keeps a crash, a disk that fails or a clock that leaps from doing harm.
    Safeguard {
        /// A command is answered only when it is in the journal.
        AppendBeforeAcknowledge = "append_before_acknowledge",
        /// What a crash cut off of a command's consequences is done when the store is opened.
        Resume = "resume",
        /// A command that is in the log has its answer and is not decided again.
        CommandsKnown = "commands_known",
        /// Keys whose destruction is recorded are destroyed when the store is opened.
        KeysReconciled = "keys_reconciled",
        /// The position that rows reflect is written together with them.
        CheckpointInBatch = "checkpoint_in_batch",
        /// A file is written under another name and then renamed.
        ReplaceByRename = "replace_by_rename",
        /// What is recorded never goes back, whatever the clock says.
        NeverBack = "never_back",
        /// A clock that leaps is not followed.
        SteadyClock = "steady_clock",
        /// Once an append has failed, nothing is acknowledged any more.
        StopAfterFailure = "stop_after_failure",
        /// A backup names what it holds when all of that is there.
        ManifestLast = "manifest_last",
        /// A place that is restored into is marked as no store before anything is put there.
        RestoreMarked = "restore_marked",
    }
}

pub use at_work::{bytes_or, is_without, reached};

#[cfg(feature = "steps")]
mod at_work {
    use std::str::FromStr;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use rustix::process::{Signal, getpid, kill_process};

    use super::{Safeguard, Step};

    /// How often the step of `REDRESS_DIE_AT` has been reached.
    static TIMES: AtomicU64 = AtomicU64::new(0);

    /// What `REDRESS_DIE_AT` asks for.
    struct Death {
        step: String,
        nth: u64,
        later: Duration,
    }

    impl Death {
        fn parse(text: &str) -> Option<Self> {
            let mut parts = text.split(':');
            let step = parts.next()?.to_owned();
            let nth = parts.next()?.parse().ok()?;
            let later_ms = parts.next().unwrap_or("0").parse().ok()?;
            let later = Duration::from_millis(later_ms);
            Some(Self { step, nth, later })
        }
    }

    /// Notes that a step is reached; ends the process where that was asked for.
    pub fn reached(step: Step) {
        static DEATH: OnceLock<Option<Death>> = OnceLock::new();
        let death = DEATH.get_or_init(|| Death::parse(&std::env::var("REDRESS_DIE_AT").ok()?));
        let Some(death) = death else {
            return;
        };
        if death.step != step.name() || TIMES.fetch_add(1, Ordering::SeqCst) + 1 != death.nth {
            return;
        }
        std::thread::sleep(death.later);
        // Not to go on is the point: where the signal is not there at once, this thread waits.
        while kill_process(getpid(), Signal::KILL).is_ok() {
            std::thread::park();
        }
    }

    /// Whether a safeguard is left out.
    #[must_use]
    pub fn is_without(safeguard: Safeguard) -> bool {
        static WITHOUT: OnceLock<Option<String>> = OnceLock::new();
        WITHOUT
            .get_or_init(|| std::env::var("REDRESS_WITHOUT").ok())
            .as_deref()
            == Some(safeguard.name())
    }

    /// A size that tests make smaller with a variable of the environment.
    #[must_use]
    pub fn bytes_or<T: FromStr>(variable: &str, usual: T) -> T {
        std::env::var(variable)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(usual)
    }
}

#[cfg(not(feature = "steps"))]
mod at_work {
    use super::{Safeguard, Step};

    /// Notes that a step is reached: nothing, outside of tests.
    #[inline(always)]
    pub const fn reached(_step: Step) {}

    /// Whether a safeguard is left out: never, outside of tests.
    #[inline(always)]
    #[must_use]
    pub const fn is_without(_safeguard: Safeguard) -> bool {
        false
    }

    /// The usual size: only tests make it smaller.
    #[inline(always)]
    #[must_use]
    pub fn bytes_or<T>(_variable: &str, usual: T) -> T {
        usual
    }
}
