//! The journal: every verb's who, when, what and on what, in the same transaction, hash-chained.
//!
//! It is the audit log, a unit's timeline, and the version that caches are checked against.

use jiff::Timestamp;
use kernel::{Actor, Cx, Id, Kind};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Db, Fault, Result, Tx, Whole, args, set_sql, sql};

/// What a verb says of itself.
#[derive(Clone, Debug)]
pub struct Entry {
    /// `unit.changed`, `import.confirmed`, …: the noun, then what happened to it.
    pub verb: &'static str,
    /// The prefix of the subject's id (`unt`), or empty when there is no single subject.
    pub subject_kind: &'static str,
    /// What it happened to.
    pub subject: Option<Uuid>,
    /// The town it lies in, when it lies in one, so that a town's auditor sees its own.
    pub scope: Option<Uuid>,
    /// What changed, as a JSON object; never a phone number or a secret.
    pub detail: String,
}

impl Entry {
    /// Something that happened to one record.
    pub fn on<K: Kind>(verb: &'static str, subject: Id<K>) -> Self {
        let (subject_kind, subject) = (K::PREFIX, Some(subject.uuid()));
        Self { verb, subject_kind, subject, scope: None, detail: "{}".into() }
    }
    /// Something that happened to no single record.
    pub fn of(verb: &'static str) -> Self {
        Self { verb, subject_kind: "", subject: None, scope: None, detail: "{}".into() }
    }
    /// With what changed.
    #[must_use]
    pub fn detail(mut self, detail: &serde_json::Value) -> Self {
        self.detail = detail.to_string();
        self
    }
    /// In this town.
    #[must_use]
    pub fn scope<K>(mut self, scope: Option<Id<K>>) -> Self {
        self.scope = scope.map(Id::uuid);
        self
    }
}

/// An entry with its context, waiting for the commit.
pub(crate) struct Pending {
    at: Timestamp,
    actor: Option<Uuid>,
    actor_name: String,
    system: bool,
    request: Uuid,
    entry: Entry,
}

impl Pending {
    pub(crate) fn new(cx: &Cx, entry: Entry) -> Self {
        Self {
            at: cx.now,
            actor: cx.actor.account().map(Id::uuid),
            actor_name: cx.actor.name().to_owned(),
            system: matches!(cx.actor, Actor::System { .. }),
            request: cx.request,
            entry,
        }
    }

    fn keep(self, seq: i64, before: &[u8]) -> Kept {
        let Self { at, actor, actor_name, system, request, entry } = self;
        let mut kept = Kept {
            seq,
            at,
            actor,
            actor_name,
            by_system: system,
            request,
            verb: entry.verb.to_owned(),
            subject_kind: entry.subject_kind.to_owned(),
            subject: entry.subject,
            scope: entry.scope,
            detail: entry.detail,
            hash: Vec::new(),
        };
        kept.hash = kept.digest(before);
        kept
    }
}

/// The end of the chain: the newest entry's number, and its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub seq: i64,
    hash: Vec<u8>,
}

/// The end of the chain, as this transaction sees it.
pub async fn head(tx: &mut Tx) -> Result<Head> {
    tx.one(sql!("SELECT seq, hash FROM journal_head WHERE one = 1"), args![], |row| {
        Ok(Head { seq: row.get(0)?, hash: row.get(1)? })
    })
    .await
}

/// Appends one entry within a [`Whole`], which is refused unless `head` still is the end.
pub(crate) fn append_to(whole: &mut Whole, pending: Pending, head: &Head) -> Head {
    let update = sql!(
        "UPDATE journal_head SET hash = $3, \
         seq = CASE WHEN seq = $1 AND hash = $2 THEN seq + 1 ELSE -1 END WHERE one = 1"
    );
    let one = pending.keep(head.seq + 1, &head.hash);
    let after = Head { seq: one.seq, hash: one.hash.clone() };
    whole.run(update, args![head.seq, head.hash.clone(), after.hash.clone()]);
    let insert = sql!(
        "INSERT INTO journal (seq, at, actor_id, actor_name, by_system, request_id, verb, \
         subject_kind, subject_id, scope_id, detail, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
    );
    let values = args![
        one.seq,
        one.at,
        one.actor,
        one.actor_name,
        one.by_system,
        one.request,
        one.verb,
        one.subject_kind,
        one.subject,
        one.scope,
        one.detail,
        one.hash,
    ];
    whole.run(insert, values);
    after
}

/// Appends in order; the head row is the lock that keeps the chain one chain.
pub(crate) async fn append(tx: &mut Tx, pending: Vec<Pending>) -> Result<()> {
    let head = sql!("UPDATE journal_head SET seq = seq + $1 WHERE one = 1 RETURNING seq, hash");
    let count = pending.len() as i64;
    let (last, mut hash): (i64, Vec<u8>) =
        tx.one(head, args![count], |row| Ok((row.get(0)?, row.get(1)?))).await?;
    let chain = &mut hash;
    let rows = (last - count + 1..).zip(pending).map(|(seq, one)| {
        let one = one.keep(seq, chain);
        chain.clone_from(&one.hash);
        args![
            seq,
            one.at,
            one.actor,
            one.actor_name,
            one.by_system,
            one.request,
            one.verb,
            one.subject_kind,
            one.subject,
            one.scope,
            one.detail,
            one.hash,
        ]
    });
    let insert = set_sql!(
        "INSERT INTO journal (seq, at, actor_id, actor_name, by_system, request_id, verb, \
         subject_kind, subject_id, scope_id, detail, hash) \
         SELECT seq, at, actor_id, actor_name, by_system, request_id, verb, \
         subject_kind, subject_id, scope_id, detail, hash FROM {rows}",
        seq: Int, at: Instant, actor_id: Uuid, actor_name: Text, by_system: Bool, request_id: Uuid,
        verb: Text, subject_kind: Text, subject_id: Uuid, scope_id: Uuid, detail: Text, hash: Bytes,
    );
    tx.run_made_set(insert, rows).await?;
    tx.run(sql!("UPDATE journal_head SET hash = $1 WHERE one = 1"), args![hash]).await?;
    Ok(())
}

/// The sequence number of the newest entry: whatever was read under the same number is still so.
pub async fn version(tx: &mut Tx) -> Result<i64> {
    tx.scalar(sql!("SELECT seq FROM journal_head WHERE one = 1"), args![]).await
}

/// What entries after `seq` happened to, each record once: the prefix of its id, and its id.
pub async fn subjects_since(tx: &mut Tx, seq: i64) -> Result<Vec<(String, Uuid)>> {
    let select = sql!(
        "SELECT DISTINCT subject_kind, subject_id FROM journal \
         WHERE seq > $1 AND subject_id IS NOT NULL"
    );
    tx.all(select, args![seq], |row| Ok((row.get(0)?, row.get(1)?))).await
}

/// An entry as it was kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its place in the chain, from 1.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// The account that acted, if one did.
    pub actor: Option<Uuid>,
    /// The actor's name at that time.
    pub actor_name: String,
    /// Whether the system acted by itself.
    pub by_system: bool,
    /// The request, command or job it happened in.
    pub request: Uuid,
    /// What happened.
    pub verb: String,
    /// The prefix of the subject's id.
    pub subject_kind: String,
    /// What it happened to.
    pub subject: Option<Uuid>,
    /// The town it lies in.
    pub scope: Option<Uuid>,
    /// What changed, a JSON object.
    pub detail: String,
    /// The chain's value up to and with this entry.
    pub hash: Vec<u8>,
}

impl Kept {
    /// Every field in a fixed order, each with its length, so that no two entries read alike.
    fn digest(&self, before: &[u8]) -> Vec<u8> {
        let mut hash = Sha256::new();
        let mut field = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        field(before);
        field(&self.seq.to_be_bytes());
        field(&self.at.as_microsecond().to_be_bytes());
        field(self.actor.as_ref().map_or(&[], |id| &id.as_bytes()[..]));
        field(self.actor_name.as_bytes());
        field(&[u8::from(self.by_system)]);
        field(self.request.as_bytes());
        field(self.verb.as_bytes());
        field(self.subject_kind.as_bytes());
        field(self.subject.as_ref().map_or(&[], |id| &id.as_bytes()[..]));
        field(self.scope.as_ref().map_or(&[], |id| &id.as_bytes()[..]));
        field(self.detail.as_bytes());
        hash.finalize().to_vec()
    }
}

fn kept(row: &crate::Row) -> Result<Kept> {
    Ok(Kept {
        seq: row.get(0)?,
        at: row.get(1)?,
        actor: row.get(2)?,
        actor_name: row.get(3)?,
        by_system: row.get(4)?,
        request: row.get(5)?,
        verb: row.get(6)?,
        subject_kind: row.get(7)?,
        subject: row.get(8)?,
        scope: row.get(9)?,
        detail: row.get(10)?,
        hash: row.get(11)?,
    })
}

/// The newest entries on one subject, newest first.
pub async fn of_subject(tx: &mut Tx, subject: Uuid, most: i64) -> Result<Vec<Kept>> {
    let select = sql!(
        "SELECT seq, at, actor_id, actor_name, by_system, request_id, verb, subject_kind, \
         subject_id, scope_id, detail, hash FROM journal WHERE subject_id = $1 \
         ORDER BY seq DESC LIMIT $2"
    );
    tx.all(select, args![subject, most], kept).await
}

/// Entries older than `before` (all when `None`), newest first; of one town when `scope` is given.
pub async fn page(
    tx: &mut Tx,
    before: Option<i64>,
    scope: Option<Uuid>,
    verb: Option<&str>,
    most: i64,
) -> Result<Vec<Kept>> {
    let select = sql!(
        "SELECT seq, at, actor_id, actor_name, by_system, request_id, verb, subject_kind, \
         subject_id, scope_id, detail, hash FROM journal \
         WHERE seq < $1 AND (scope_id = $2 OR $2 IS NULL) AND (verb = $3 OR $3 IS NULL) \
         ORDER BY seq DESC LIMIT $4"
    );
    let before = before.unwrap_or(i64::MAX);
    tx.all(select, args![before, scope, verb.map(str::to_owned), most], kept).await
}

/// Recomputes the chain from its beginning; answers how many entries hold, or where it breaks.
pub async fn verify(db: &Db) -> Result<Result<i64, Broken>> {
    let mut tx = db.read().await?;
    let (head, head_hash): (i64, Vec<u8>) = tx
        .one(sql!("SELECT seq, hash FROM journal_head WHERE one = 1"), args![], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .await?;
    let select = sql!(
        "SELECT seq, at, actor_id, actor_name, by_system, request_id, verb, subject_kind, \
         subject_id, scope_id, detail, hash FROM journal WHERE seq > $1 ORDER BY seq LIMIT 5000"
    );
    let (mut seq, mut hash) = (0, Vec::new());
    loop {
        let page = tx.all(select, args![seq], kept).await?;
        if page.is_empty() {
            break;
        }
        for one in page {
            if one.seq != seq + 1 {
                return Ok(Err(Broken { seq: seq + 1, why: "missing" }));
            }
            (seq, hash) = (one.seq, one.digest(&hash));
            if hash != one.hash {
                return Ok(Err(Broken { seq, why: "changed after it was written" }));
            }
        }
    }
    if seq != head || hash != head_hash {
        return Ok(Err(Broken { seq: seq + 1, why: "the end was cut off" }));
    }
    Ok(Ok(seq))
}

/// Where the chain breaks.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("journal entry {seq}: {why}")]
pub struct Broken {
    /// The first entry that does not hold.
    pub seq: i64,
    /// In words.
    pub why: &'static str,
}

/// Raises [`Fault::Invariant`] unless the chain holds; for the command line.
pub async fn require_whole(db: &Db) -> Result<i64> {
    verify(db).await?.map_err(|broken| Fault::Invariant(broken.to_string()))
}
