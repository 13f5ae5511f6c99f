//! One SQL text on two engines: transactions, batched sets, journal, jobs, migrations.
