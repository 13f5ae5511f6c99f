//! Registering and changing one unit by hand: a form, a cell of the sheet, or the API.

use db::{Fault, Tx};
use jiff::civil::Date;
use kernel::{Cx, Uscc};
use places::{Atlas, BodyId, Front, Industry, PlaceId, StationId, UnitKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::FieldErrors;

use crate::{
    ledger::{self, Put, Source},
    organisation,
    policy::{self, Denied},
    settle::{Said, settle},
    timeline,
    unit::{Cover, Facts, Identity, OrganisationId, Status, UnitId, Work, WorkWay, WorkerId},
};

/// What is said of a unit; what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// The day from which it holds; today when left out. Never in the future.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub on: Option<Date>,
    /// Unified social credit code, 18 characters.
    pub uscc: Option<String>,
    /// Registered name.
    pub name: Option<String>,
    /// Kind of unit.
    pub kind: Option<UnitKind>,
    /// Section of GB/T 4754.
    pub industry: Option<Industry>,
    /// Town; follows from the place when one is given.
    pub town: Option<PlaceId>,
    /// Kind of front; `null` takes it away.
    #[serde(default, deserialize_with = "said")]
    pub front: Option<Option<Front>>,
    /// Place; `null` takes it away.
    #[serde(default, deserialize_with = "said")]
    pub place: Option<Option<PlaceId>>,
    /// Station; follows from the place when left out.
    #[serde(default, deserialize_with = "said")]
    pub station: Option<Option<StationId>>,
    /// Industry body; follows from kind, industry and front when left out.
    #[serde(default, deserialize_with = "said")]
    pub body: Option<Option<BodyId>>,
    /// Address.
    pub address: Option<String>,
    /// Whether it is in business.
    pub status: Option<Status>,
    /// Why it left the denominator.
    pub status_reason: Option<String>,
    /// What shows that it left.
    pub status_evidence: Option<String>,
    /// Employees, in persons.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub headcount: Option<i64>,
    /// Full party members, in persons.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub member_count: Option<i64>,
    /// How an organisation covers it.
    pub cover: Option<Cover>,
    /// Name of the covering organisation.
    pub organisation: Option<String>,
    /// The ways in which it is work-covered.
    pub work: Option<Vec<WorkWay>>,
    /// The responsible worker; `null` takes them away.
    #[serde(default, deserialize_with = "said")]
    pub worker: Option<Option<WorkerId>>,
    /// Anything else.
    pub note: Option<String>,
}

/// Tells `null` from a field that was left out.
fn said<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    from: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

/// Why a unit was not written.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Not for this actor.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Some fields are wrong.
    #[error("some fields are wrong")]
    Fields(FieldErrors),
    /// Somebody changed it since it was read.
    #[error("changed since it was read")]
    Stale {
        /// The version now.
        version: i64,
    },
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<Refusal> for web::Refused {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Denied(denied) => denied.into(),
            Refusal::Fields(errors) => Self::Invalid(errors),
            Refusal::Stale { .. } => Self::conflict(
                "stale-version",
                "你打开之后，别人改过这家单位。你这次没有存上，别人改的也没有丢。请刷新，对照两份再存。",
            ),
            Refusal::Fault(fault) => fault.into(),
        }
    }
}

/// The largest headcount that is taken for one; beyond it somebody typed a code or a phone number.
const HEADCOUNT_LIMIT: i64 = 1_000_000;

/// Registers a unit.
pub async fn register(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    draft: &Draft,
) -> Result<UnitId, Refusal> {
    let mut errors = FieldErrors::new();
    let on = day(cx, draft, &mut errors);
    let uscc = draft.uscc.as_deref().unwrap_or_default();
    let uscc = read_uscc(uscc, &mut errors);
    if draft.town.is_none() && !matches!(draft.place, Some(Some(_))) {
        errors.add("town", "选一个区镇，或者选一个地点");
    }
    for (field, missing) in [
        ("name", draft.name.is_none()),
        ("kind", draft.kind.is_none()),
        ("industry", draft.industry.is_none()),
    ] {
        if missing {
            errors.add(field, "这一项要填");
        }
    }
    let (Some(uscc), Some(kind), Some(industry)) = (uscc, draft.kind, draft.industry) else {
        return Err(Refusal::Fields(errors));
    };
    let place_town = draft.place.flatten().and_then(|place| atlas.town_of(place));
    let Some(town) = draft.town.or(place_town) else { return Err(Refusal::Fields(errors)) };
    let blank = (String::new(), String::new());
    let mut identity =
        Identity { uscc, name: blank.0, kind, address: blank.1, note: String::new() };
    let mut facts = Facts::blank(town, industry);
    fill(tx, cx, atlas, draft, &mut identity, &mut facts, on, &mut errors).await?;
    if !ledger::find_by_uscc(tx, &[uscc]).await?.is_empty() {
        errors.add("uscc", "这个代码已经登记过，请在台账里找到它再改");
    }
    if !errors.is_empty() {
        return Err(Refusal::Fields(errors));
    }
    let permit = policy::may_write(&cx.actor, atlas, None, &facts)?;
    let put = Put { unit: None, identity, on, facts };
    let done = ledger::write(tx, cx, &permit, vec![put], &Source::default()).await?;
    match &done[..] {
        [one] => Ok(one.unit.id),
        _ => Err(Fault::Invariant("a new unit was not written".into()).into()),
    }
}

/// Changes a unit that was read as `version`. Answers its version now, the same when nothing
/// changed.
pub async fn change(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    id: UnitId,
    version: i64,
    draft: &Draft,
) -> Result<i64, Refusal> {
    let Some((unit, spans)) = ledger::find(tx, id).await? else {
        return Err(Denied::Invisible.into());
    };
    let Some(newest) = spans.last() else {
        return Err(Fault::Invariant(format!("{id} has no state")).into());
    };
    policy::may_see(&cx.actor, atlas, &newest.facts)?;
    let mut errors = FieldErrors::new();
    let on = day(cx, draft, &mut errors);
    // Before its first day, what is said first is what is known first.
    let before = timeline::on(&spans, on).or_else(|| spans.first()).unwrap_or(newest);
    let mut identity = unit.identity.clone();
    let mut facts = before.facts.clone();
    if let Some(text) = &draft.uscc
        && let Some(uscc) = read_uscc(text, &mut errors)
    {
        identity.uscc = uscc;
    }
    fill(tx, cx, atlas, draft, &mut identity, &mut facts, on, &mut errors).await?;
    if identity.uscc != unit.identity.uscc
        && !ledger::find_by_uscc(tx, &[identity.uscc]).await?.is_empty()
    {
        errors.add("uscc", "这个代码是另一家单位的，请对照营业执照");
    }
    let permit = policy::may_write(&cx.actor, atlas, Some(&before.facts), &facts)?;
    if unit.version != version {
        return Err(Refusal::Stale { version: unit.version });
    }
    if !errors.is_empty() {
        return Err(Refusal::Fields(errors));
    }
    let put = Put { unit: Some(unit), identity, on, facts };
    let done = ledger::write(tx, cx, &permit, vec![put], &Source::default()).await?;
    Ok(done.first().map_or(version, |one| one.unit.version))
}

fn day(cx: &Cx, draft: &Draft, errors: &mut FieldErrors) -> Date {
    let today = cx.today();
    let on = draft.on.unwrap_or(today);
    if on > today {
        errors.add("on", format!("日期在今天（{today}）之后，还没有发生的事不能记"));
    }
    if on < Date::constant(1949, 10, 1) {
        errors.add("on", "日期太早了，请核对年份");
    }
    on
}

fn read_uscc(text: &str, errors: &mut FieldErrors) -> Option<Uscc> {
    match text.parse() {
        Ok(uscc) => Some(uscc),
        Err(wrong) => {
            let wrong: kernel::UsccError = wrong;
            errors.add("uscc", format!("{}{}", wrong.message(), wrong.advice()));
            None
        }
    }
}

/// Lays the draft over what is known, derives what follows, and checks the whole.
#[expect(clippy::too_many_arguments, reason = "the two halves of a unit are filled together")]
async fn fill(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    draft: &Draft,
    identity: &mut Identity,
    facts: &mut Facts,
    on: Date,
    errors: &mut FieldErrors,
) -> Result<(), Refusal> {
    lay_over(draft, identity, facts);
    check_places(atlas, draft, facts, errors);
    let moved = draft.place.is_some() || draft.town.is_some() || draft.front.is_some();
    let classed = moved || draft.kind.is_some() || draft.industry.is_some();
    let said = Said {
        front: draft.front.is_some() || !moved,
        station: draft.station.is_some() || !moved,
        body: draft.body.is_some() || !classed,
    };
    settle(atlas, identity.kind, facts, said);
    check(identity, facts, errors);
    settle_status(cx, draft, facts, errors);
    if facts.cover == Cover::None {
        facts.organisation = None;
    } else if let Some(name) = draft.organisation.as_deref().filter(|name| !name.trim().is_empty())
    {
        if errors.is_empty() {
            facts.organisation = organisation_of(tx, cx, name, on).await?;
        }
    } else if facts.organisation.is_none() {
        errors.add("organisation", "选了组建方式，就要写党组织名称");
    }
    Ok(())
}

async fn organisation_of(
    tx: &mut Tx,
    cx: &Cx,
    name: &str,
    on: Date,
) -> Result<Option<OrganisationId>, Fault> {
    let made = organisation::find_or_make(tx, cx, &[name.to_owned()], on).await?;
    Ok(made.into_values().next())
}

fn lay_over(draft: &Draft, identity: &mut Identity, facts: &mut Facts) {
    fn put<T: Clone>(into: &mut T, said: Option<&T>) {
        if let Some(said) = said {
            into.clone_from(said);
        }
    }
    let trimmed = |text: &String| text.trim().to_owned();
    put(&mut identity.name, draft.name.as_ref().map(trimmed).as_ref());
    put(&mut identity.address, draft.address.as_ref().map(trimmed).as_ref());
    put(&mut identity.note, draft.note.as_ref().map(trimmed).as_ref());
    put(&mut identity.kind, draft.kind.as_ref());
    put(&mut facts.industry, draft.industry.as_ref());
    put(&mut facts.town, draft.town.as_ref());
    put(&mut facts.front, draft.front.as_ref());
    put(&mut facts.place, draft.place.as_ref());
    put(&mut facts.station, draft.station.as_ref());
    put(&mut facts.body, draft.body.as_ref());
    put(&mut facts.status, draft.status.as_ref());
    put(&mut facts.headcount, draft.headcount.as_ref());
    put(&mut facts.member_count, draft.member_count.as_ref());
    put(&mut facts.cover, draft.cover.as_ref());
    put(&mut facts.worker, draft.worker.as_ref());
    if let Some(ways) = &draft.work {
        facts.work = ways.iter().fold(Work::NONE, |work, way| work.with(*way));
    }
}

fn check_places(atlas: &Atlas, draft: &Draft, facts: &mut Facts, errors: &mut FieldErrors) {
    if !atlas.towns().contains(&facts.town) {
        errors.add("town", "没有这个区镇");
    }
    // A town chosen anew leaves a place of the old town behind, unless one was chosen too.
    if draft.town.is_some() && draft.place.is_none() {
        facts.place = facts.place.filter(|place| atlas.town_of(*place) == Some(facts.town));
    }
    if let Some(place) = facts.place {
        match atlas.town_of(place) {
            None => errors.add("place", "没有这个地点，或者它已经撤并"),
            Some(town) if draft.town.is_some_and(|said| said != town) => {
                errors.add("place", format!("这个地点在{}，和选的区镇不一致", atlas.name(town)));
            }
            Some(_) => {}
        }
    }
    if matches!(draft.station, Some(Some(station)) if atlas.station(station).is_none()) {
        errors.add("station", "没有这个工作站");
    }
    if matches!(draft.body, Some(Some(body)) if atlas.body(body).is_none()) {
        errors.add("body", "没有这个行业党委");
    }
}

/// The rules that hold of every unit, however it was entered.
pub(crate) fn check(identity: &Identity, facts: &Facts, errors: &mut FieldErrors) {
    if identity.name.is_empty() {
        errors.add("name", "名称不能空着");
    }
    for (field, text) in [("name", &identity.name), ("address", &identity.address)] {
        if text.chars().count() > 200 {
            errors.add(field, "太长了，最多 200 个字");
        }
    }
    if identity.note.chars().count() > 2000 {
        errors.add("note", "太长了，最多 2000 个字");
    }
    if !(0..=HEADCOUNT_LIMIT).contains(&facts.headcount) {
        errors.add("headcount", "职工人数应在 0 到 1,000,000 之间");
    }
    if facts.member_count < 0 {
        errors.add("member_count", "正式党员数不能小于 0");
    } else if facts.member_count > facts.headcount {
        errors.add(
            "member_count",
            format!("正式党员 {} 人，比职工 {} 人还多", facts.member_count, facts.headcount),
        );
    }
}

fn settle_status(cx: &Cx, draft: &Draft, facts: &mut Facts, errors: &mut FieldErrors) {
    if facts.operates() {
        facts.status_reason.clear();
        facts.status_evidence.clear();
        facts.status_approved_by = None;
        return;
    }
    let said = |text: &Option<String>| text.as_deref().unwrap_or_default().trim().to_owned();
    if draft.status.is_some() {
        facts.status_reason = said(&draft.status_reason);
        facts.status_evidence = said(&draft.status_evidence);
        facts.status_approved_by = cx.actor.account();
    }
    if facts.status_reason.is_empty() {
        errors.add("status_reason", "移出分母要写理由");
    }
    if facts.status_evidence.is_empty() {
        errors.add("status_evidence", "移出分母要写依据，例如注销通知书编号");
    }
}
