//! Forms of a batch: a new draft, other terms. What was typed stays, whatever happens to it.

use askama::Template;
use axum::{extract::Path, http::StatusCode};
use campaigns::Campaign;
use db::Tx;
use jiff::{SignedDuration, Timestamp};
use kernel::{
    Code as _, Fen,
    time::{city_zone, start_of},
};
use web::{Answer, Ask, FieldErrors, Form, Page, Refused, filters, html_with};

use crate::{
    Batch, BatchDraft, BatchError, BatchState, Stacking, Terms, change_terms, draft_batch,
    pages::{
        batches::{
            batch_of, campaign_of,
            form_read::{note, read},
            funder_name, pledge_left, version_field,
        },
        claiming::yuan,
        frame::{id_of, see},
    },
};

/// What a field takes.
enum Takes {
    Line,
    Number,
    Money,
    Moment,
    /// Value and label of each choice.
    Choice(Vec<(String, String)>),
}

/// One field.
struct Field {
    name: &'static str,
    label: &'static str,
    takes: Takes,
    value: String,
    hint: &'static str,
    /// What somebody else wrote meanwhile, where it is not what stands here.
    theirs: Option<String>,
}

impl Field {
    fn new(name: &'static str, label: &'static str, takes: Takes, value: impl ToString) -> Self {
        Self { name, label, takes, value: value.to_string(), hint: "", theirs: None }
    }
    fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }
    fn input_type(&self) -> &'static str {
        if matches!(self.takes, Takes::Moment) { "datetime-local" } else { "text" }
    }
    fn input_mode(&self) -> &'static str {
        match self.takes {
            Takes::Money => "decimal",
            Takes::Number => "numeric",
            _ => "text",
        }
    }
    /// A value in the words that the form shows.
    fn shown(&self, value: &str) -> String {
        match &self.takes {
            Takes::Choice(all) => {
                all.iter().find(|(one, _)| one == value).map_or("", |(_, label)| label).to_owned()
            }
            Takes::Moment => value.replace('T', " "),
            _ => value.to_owned(),
        }
    }
}

#[derive(Template)]
#[template(path = "batches/form.html")]
struct View<'a> {
    page: Page,
    heading: &'static str,
    campaign: Campaign,
    /// The batch's name and address, when it is there.
    batch: Option<(String, String)>,
    note: String,
    action: String,
    version: Option<i64>,
    groups: Vec<(&'static str, Vec<Field>)>,
    errors: &'a FieldErrors,
    /// Said when somebody else was first.
    conflict: bool,
    /// Said when the verb refused it as a whole.
    refused: Option<String>,
    back: String,
}

/// As an input of type `datetime-local` wants it.
fn typed(at: Timestamp) -> String {
    at.to_zoned(city_zone()).strftime("%Y-%m-%dT%H:%M").to_string()
}

fn bare(fen: Fen) -> String {
    yuan(fen).replace(',', "")
}

/// Terms to begin with: from ten o'clock on the campaign's first day, or tomorrow when it has
/// come, to its end.
fn usual(ask: &Ask, campaign: &Campaign) -> Terms {
    let ten = SignedDuration::from_hours(10);
    let first = start_of(campaign.from_on) + ten;
    let tomorrow = start_of(ask.cx.today().tomorrow().unwrap_or(campaign.from_on)) + ten;
    let from = if first > ask.cx.now { first } else { tomorrow };
    let end = start_of(campaign.last_on.tomorrow().unwrap_or(campaign.last_on));
    Terms {
        name: "满 100 元减 20 元".into(),
        face: Fen(2_000),
        threshold: Fen(10_000),
        quantity: 10_000,
        budget: Fen(20_000_000),
        person_cap: 1,
        day_cap: 1,
        claim_from: from,
        claim_until: end,
        use_from: from,
        use_until: end,
        partial: false,
        stacking: Stacking::Alone,
        restock: true,
        refund_days: 7,
        admit_per_second: 0,
    }
}

fn yes_or_no(yes: &str, no: &str) -> Takes {
    Takes::Choice(vec![("no".into(), no.into()), ("yes".into(), yes.into())])
}

fn groups(terms: &Terms) -> Vec<(&'static str, Vec<Field>)> {
    let yes = |is: bool| if is { "yes" } else { "no" };
    let stacking = Stacking::ALL.iter().map(|one| (one.code().into(), one.label().into()));
    let money = |name, label, fen| Field::new(name, label, Takes::Money, bare(fen));
    let number = |name, label, value: i64| Field::new(name, label, Takes::Number, value);
    let moment = |name, label, at| Field::new(name, label, Takes::Moment, typed(at));
    vec![
        (
            "券",
            vec![
                Field::new("name", "名称", Takes::Line, &terms.name).hint("券面上写的，市民看得到"),
                money("face", "面额（元）", terms.face),
                money("threshold", "满多少元可用", terms.threshold).hint("不填就和面额一样"),
                number("quantity", "数量（张）", terms.quantity),
                money("budget", "预算（元）", terms.budget).hint("不填就是 面额 × 数量"),
            ],
        ),
        (
            "领取",
            vec![
                moment("claim_from", "开始领", terms.claim_from),
                moment("claim_until", "领到什么时候为止", terms.claim_until),
                number("person_cap", "每人最多几张", terms.person_cap),
                number("day_cap", "每人一天最多几张", terms.day_cap),
                number("admit_per_second", "每秒放行几人", terms.admit_per_second)
                    .hint("人多时排队放行；0 是不排队"),
            ],
        ),
        (
            "使用",
            vec![
                moment("use_from", "开始用", terms.use_from),
                moment("use_until", "用到什么时候为止", terms.use_until),
                Field::new(
                    "partial",
                    "分次用",
                    yes_or_no("可以分几次用", "一次用完，不找零"),
                    yes(terms.partial),
                ),
                Field::new(
                    "stacking",
                    "和别的券同用",
                    Takes::Choice(stacking.collect()),
                    terms.stacking.code(),
                ),
                number("refund_days", "过期后退货，券还能用几天", terms.refund_days)
                    .hint("0 是过期后退货不再退券"),
                Field::new(
                    "restock",
                    "作废和过期的券",
                    yes_or_no("回到库存，别人可以再领", "不回库存"),
                    yes(terms.restock),
                ),
            ],
        ),
    ]
}

/// Puts what was typed into the fields. `keep_theirs`: what stood there is shown beside it where
/// it differs.
fn put(groups: &mut [(&'static str, Vec<Field>)], form: &Form, keep_theirs: bool) {
    for field in groups.iter_mut().flat_map(|(_, fields)| fields) {
        let typed = form.get(field.name).to_owned();
        if keep_theirs && typed != field.value && !typed.is_empty() {
            field.theirs = Some(field.shown(&field.value));
        }
        field.value = typed;
    }
}

/// The funders that agreed, each with what is left of its pledge.
async fn funders(tx: &mut Tx, campaign: &Campaign) -> Answer<Vec<(String, String)>> {
    let mut all = Vec::new();
    for pledge in campaign.pledges.iter().filter(|pledge| pledge.agreed_at.is_some()) {
        let left = pledge_left(tx, campaign, pledge.funder).await?.unwrap_or(Fen::ZERO);
        let label = format!("{}，出资 {} 元，还没排的 {left} 元", pledge.name, pledge.amount);
        all.push((pledge.funder.to_string(), label));
    }
    Ok(all)
}

/// What came back of a form.
#[derive(Default)]
struct Sent {
    form: Option<Form>,
    errors: FieldErrors,
    conflict: bool,
    refused: Option<String>,
}

impl Sent {
    fn status(&self) -> StatusCode {
        match self {
            Self { form: None, .. } => StatusCode::OK,
            Self { conflict: true, .. } => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
    /// What the form shows again; other refusals go on.
    fn of(form: Form, refused: BatchError) -> Result<Self, Refused> {
        let mut sent = Self { form: Some(form), ..Self::default() };
        match refused {
            BatchError::Terms(faults) => note(&faults, &mut sent.errors),
            BatchError::Conflict => sent.conflict = true,
            other => match Refused::from(other) {
                Refused::Invalid(errors) => sent.errors = errors,
                refused @ (Refused::Conflict { .. } | Refused::Unprocessable { .. }) => {
                    sent.refused = Some(refused.message());
                }
                other => return Err(other),
            },
        }
        Ok(sent)
    }
}

/// `GET /campaigns/{id}/vouchers/new`
pub(crate) async fn new(ask: Ask, Path(id): Path<String>) -> Answer {
    new_form(&ask, &id, Sent::default()).await
}

async fn new_form(ask: &Ask, id: &str, sent: Sent) -> Answer {
    let mut tx = ask.db().read().await?;
    let campaign = campaign_of(ask, &mut tx, id).await?.for_runners()?.campaign;
    let funders = funders(&mut tx, &campaign).await?;
    let href = format!("/campaigns/{}/vouchers", campaign.id);
    let note = if funders.is_empty() {
        "还没有单位同意给这个活动出资，先请它们同意，才能起草券"
    } else {
        "起草以后由出资单位批准，再开始发放"
    };
    let first = funders.first().map(|(id, _)| id.clone()).unwrap_or_default();
    let mut groups = groups(&usual(ask, &campaign));
    let funder = Field::new("funder", "谁出资", Takes::Choice(funders), first);
    groups.insert(0, ("出资", vec![funder]));
    if let Some(form) = &sent.form {
        put(&mut groups, form, false);
    }
    let view = View {
        page: ask.page("起草一批券", "/campaigns"),
        heading: "起草一批券",
        campaign,
        batch: None,
        note: note.into(),
        action: href.clone(),
        version: None,
        groups,
        errors: &sent.errors,
        conflict: false,
        refused: sent.refused.clone(),
        back: href,
    };
    html_with(ask, sent.status(), &view)
}

/// `POST /campaigns/{id}/vouchers`
pub(crate) async fn create(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let campaign = id_of(&id)?;
    let mut errors = FieldErrors::new();
    let terms = read(&form, &mut errors);
    let funder = form.get("funder").parse();
    if funder.is_err() {
        errors.add("funder", "请从列表里选");
    }
    let sent = match funder {
        Ok(funder) if errors.is_empty() => {
            let mut tx = ask.db().write().await?;
            match draft_batch(&mut tx, &ask.cx, BatchDraft { campaign, funder, terms }).await {
                Ok(made) => {
                    tx.commit().await?;
                    return Ok(see(format_args!("/voucher-batches/{made}")));
                }
                Err(refused) => {
                    tx.rollback().await?;
                    Sent::of(form, refused)?
                }
            }
        }
        _ => Sent { form: Some(form), errors, ..Sent::default() },
    };
    new_form(&ask, &id, sent).await
}

/// `GET /voucher-batches/{id}/change`
pub(crate) async fn change(ask: Ask, Path(id): Path<String>) -> Answer {
    change_form(&ask, &id, Sent::default()).await
}

fn change_note(batch: &Batch, campaign: &Campaign) -> String {
    match batch.state {
        BatchState::Draft => "改了以后，等出资单位批准".into(),
        BatchState::Approved => {
            let funder = funder_name(campaign, batch.funder);
            format!("改了以后，要 {funder} 重新批准")
        }
        _ => "改了是新的一版：以前领的券仍按领的时候那一版，预算不能比批准的多".into(),
    }
}

async fn change_form(ask: &Ask, id: &str, sent: Sent) -> Answer {
    let mut tx = ask.db().read().await?;
    let sight = batch_of(ask, &mut tx, id).await?.for_runners()?;
    let batch = sight.batch;
    let mut groups = groups(&batch.terms);
    if let Some(form) = &sent.form {
        put(&mut groups, form, sent.conflict);
    }
    let typed = sent.form.as_ref().map(version_field);
    let href = format!("/voucher-batches/{}", batch.id);
    let view = View {
        page: ask.page("改规则", "/campaigns"),
        heading: "改规则",
        note: change_note(&batch, &sight.campaign),
        campaign: sight.campaign,
        batch: Some((batch.terms.name.clone(), href.clone())),
        action: href.clone(),
        // Who was told of the other's change may write over it; before that, nobody may.
        version: Some(typed.filter(|_| !sent.conflict).unwrap_or(batch.version)),
        groups,
        errors: &sent.errors,
        conflict: sent.conflict,
        refused: sent.refused.clone(),
        back: href,
    };
    html_with(ask, sent.status(), &view)
}

/// `POST /voucher-batches/{id}`
pub(crate) async fn changed(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let batch = id_of(&id)?;
    let mut errors = FieldErrors::new();
    let terms = read(&form, &mut errors);
    let sent = if errors.is_empty() {
        let mut tx = ask.db().write().await?;
        match change_terms(&mut tx, &ask.cx, batch, version_field(&form), terms).await {
            Ok(()) => {
                tx.commit().await?;
                return Ok(see(format_args!("/voucher-batches/{batch}")));
            }
            Err(refused) => {
                tx.rollback().await?;
                Sent::of(form, refused)?
            }
        }
    } else {
        Sent { form: Some(form), errors, ..Sent::default() }
    };
    change_form(&ask, &id, sent).await
}
