//! The demo's accounts. Their passwords come from the system's randomness, not from the city's
//! seed: whoever knows the seed must not know the way in.

use db::{Db, Tx};
use kernel::{
    Actor, Cx, Grant, Role, Scope,
    actor::{AccountId, ScopeKind},
};
use people::{NewAccount, Rules, create_account};
use places::{Atlas, PlaceKind};

use super::{dice::Dice, ground::MALL, ground::stopped, naming::person};
use crate::Failure;

/// An account as it is printed, once.
#[derive(Clone, Debug)]
pub struct Login {
    /// What is typed to sign in.
    pub name: String,
    /// Its password.
    pub password: String,
    /// What it may, and where.
    pub role: String,
}

/// Who acts in the history.
pub(super) struct Actors {
    /// Founds, names, appoints, approves.
    pub(super) administrator: Actor,
    pub(super) administrator_id: AccountId,
    /// Keeps the ledger.
    pub(super) clerk: Actor,
    /// Runs the campaigns.
    pub(super) organiser: Actor,
    /// Judges what the organiser handed in.
    pub(super) reviewer: Actor,
}

/// The accounts: name, role, and which kind of thing they are granted.
const ACCOUNTS: [(&str, Role, ScopeKind); 10] = [
    (ADMINISTRATOR, Role::Administrator, ScopeKind::City),
    (CLERK, Role::Clerk, ScopeKind::City),
    ("organiser", Role::Organiser, ScopeKind::City),
    ("organiser-2", Role::Organiser, ScopeKind::City),
    ("huaqiao", Role::Clerk, ScopeKind::Town),
    ("station", Role::Worker, ScopeKind::Station),
    ("body", Role::Worker, ScopeKind::Body),
    ("wanxianghui", Role::Clerk, ScopeKind::Place),
    ("viewer", Role::Viewer, ScopeKind::City),
    ("auditor", Role::Auditor, ScopeKind::City),
];

/// The city's administrator, whose token is written beside the city.
pub(super) const ADMINISTRATOR: &str = "admin-city";
const CLERK: &str = "clerk-city";

/// Makes every account: the city's first, since nothing else is there yet to be granted.
pub(super) async fn make_citywide(
    tx: &mut Tx,
    cx: &Cx,
    rules: &Rules,
    secrets: &Cx,
    dice: &mut Dice,
    logins: &mut Vec<Login>,
) -> Result<Actors, Failure> {
    let mut made = Vec::new();
    for (name, role, _) in ACCOUNTS.iter().filter(|(_, _, kind)| *kind == ScopeKind::City) {
        let grant = Grant { role: *role, scope: Scope::CITY };
        let who = (*name, grant, "全市".to_owned());
        made.push(make(tx, cx, rules, secrets, dice, who, logins).await?);
    }
    let [administrator, clerk, organiser, reviewer, ..] = made[..] else {
        return Err(stopped("没有全市的账号"));
    };
    Ok(Actors {
        administrator: actor(tx, administrator).await?,
        administrator_id: administrator,
        clerk: actor(tx, clerk).await?,
        organiser: actor(tx, organiser).await?,
        reviewer: actor(tx, reviewer).await?,
    })
}

async fn actor(tx: &mut Tx, id: AccountId) -> Result<Actor, Failure> {
    people::actor_of(tx, id).await?.ok_or_else(|| stopped("刚建的账号不见了"))
}

/// Makes the accounts of a town, a station, a body and the mall; answers the town's clerk.
pub(super) async fn make_scoped(
    db: &Db,
    cx: &Cx,
    rules: &Rules,
    secrets: &Cx,
    dice: &mut Dice,
    logins: &mut Vec<Login>,
) -> Result<Actor, Failure> {
    let mut tx = db.write().await?;
    let mut sender = None;
    let atlas = Atlas::load(&mut tx, cx.today()).await?;
    for (name, role, kind) in ACCOUNTS.iter().filter(|(_, _, kind)| *kind != ScopeKind::City) {
        let (scope, place) = scope(&atlas, *kind).ok_or_else(|| stopped("没有可授权的地点"))?;
        let who = (*name, Grant { role: *role, scope }, place);
        let id = make(&mut tx, cx, rules, secrets, dice, who, logins).await?;
        if *kind == ScopeKind::Town {
            sender = Some(actor(&mut tx, id).await?);
        }
    }
    tx.commit().await?;
    sender.ok_or_else(|| stopped("没有区镇的台账员"))
}

/// Which town, station, body and place the demo's accounts are granted.
fn scope(atlas: &Atlas, kind: ScopeKind) -> Option<(Scope, String)> {
    let huaqiao = atlas.town_by_name("花桥经济开发区").ok()?;
    let (id, name) = match kind {
        ScopeKind::Town => (huaqiao.uuid(), atlas.name(huaqiao).to_owned()),
        ScopeKind::Station => {
            let station = atlas.stations_of_town(huaqiao).next()?;
            (station.id.uuid(), station.name.clone())
        }
        ScopeKind::Body => {
            let body = atlas.bodies().last()?;
            (body.id.uuid(), body.name.clone())
        }
        ScopeKind::Place => {
            let mall = atlas.towns().iter().flat_map(|town| atlas.children(*town)).find(|id| {
                let front = atlas.place(**id);
                front.is_some_and(|one| one.kind == PlaceKind::Front && one.name == MALL)
            })?;
            (mall.uuid(), MALL.to_owned())
        }
        _ => return None,
    };
    Some((Scope::on(kind, id), name))
}

async fn make(
    tx: &mut Tx,
    cx: &Cx,
    rules: &Rules,
    secrets: &Cx,
    dice: &mut Dice,
    (name, grant, place): (&'static str, Grant, String),
    logins: &mut Vec<Login>,
) -> Result<AccountId, Failure> {
    let password = password(secrets);
    let hash = rules.new_password(secrets, name, &password).await.map_err(stopped)?;
    let new = NewAccount {
        name: name.to_owned(),
        display_name: person(dice),
        password: hash,
        grants: vec![grant],
    };
    let id = create_account(tx, cx, new).await.map_err(stopped)?;
    let role = format!("{}（{place}）", kernel::Code::label(grant.role));
    logins.push(Login { name: name.to_owned(), password, role });
    Ok(id)
}

/// 60 random bits in three groups, without letters that look alike, and with a capital, a small
/// letter and a digit whatever comes.
pub(super) fn password(secrets: &Cx) -> String {
    const ALPHABET: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyzA";
    let letters = secrets.random::<12>().map(|byte| char::from(ALPHABET[usize::from(byte & 31)]));
    let group = |from: usize| letters[from..from + 4].iter().collect::<String>();
    format!("K{}-{}-{}7d", group(0), group(4), group(8))
}
