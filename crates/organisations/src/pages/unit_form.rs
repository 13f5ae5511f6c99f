//! The form of one unit: registering it, changing it from a day on, and what happens when somebody
//! else changed it meanwhile.

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use db::Tx;
use jiff::civil::Date;
use kernel::{Code as _, LooseDate};
use web::{Answer, Ask, FieldErrors, Form, Page, Refused, filters, html_with};

use super::{
    unit_fields::{Choices, choices_of, draft_of, typed_of},
    unit_torn::{self, Settled, base_day},
    words::{Choice, choices},
};
use crate::{
    api::Asked,
    edit::{self, Refusal},
    ledger, organisation,
    policy::{self, KEEPERS},
    sight::Sight,
    timeline,
    unit::{Span, Status, Unit, UnitId, WorkWay},
    worker,
};

#[derive(Template)]
#[template(path = "unit_form.html")]
struct UnitFormPage {
    page: Page,
    heading: String,
    /// The unit's own page, or the ledger.
    back: String,
    action: String,
    is_new: bool,
    /// The version that was read, of a unit that is there already.
    version: i64,
    form: Form,
    errors: FieldErrors,
    choices: Choices,
    works: Vec<(Choice, bool)>,
    /// What the form carries unseen, to know next time what was changed in it.
    carried: Vec<(String, String)>,
    /// What two people changed at once.
    asked: Option<unit_torn::Asked>,
    today: Date,
}

impl UnitFormPage {
    fn wrong(&self, field: &str) -> Option<&str> {
        self.errors.get(field)
    }
    fn get(&self, field: &str) -> &str {
        self.form.get(field)
    }
    /// `aria-describedby` and `aria-invalid` of a field.
    fn state(&self, field: &str) -> String {
        match self.wrong(field) {
            Some(_) => format!(" aria-invalid=\"true\" aria-describedby=\"f-{field}-err\""),
            None => String::new(),
        }
    }
}

/// What the form is about.
enum About<'a> {
    New,
    /// A unit as it is saved, and as a form.
    Known(&'a Unit, &'a Form),
}

/// Builds the form.
async fn view(
    ask: &Ask,
    tx: &mut Tx,
    sight: &Sight,
    about: About<'_>,
    form: Form,
    errors: FieldErrors,
) -> Answer<UnitFormPage> {
    let workers = worker::in_office(tx, sight.today).await?;
    let may_leave = ask.cx.actor.has_any(KEEPERS);
    let ticked: Vec<String> = form.all("work").map(str::to_owned).collect();
    let work = |choice: Choice| {
        let is_ticked = ticked.contains(&choice.value);
        (choice, is_ticked)
    };
    let is_new = matches!(about, About::New);
    let carried = match &about {
        About::New => Vec::new(),
        About::Known(_, saved) => unit_torn::kept(saved, None),
    };
    let (title, heading, back, action, version) = match about {
        About::New => {
            let heading = ask.t("登记单位").to_owned();
            (ask.page("登记单位", "/units"), heading, "/units".to_owned(), "/units".into(), 0)
        }
        About::Known(unit, _) => {
            let own = format!("/units/{}", unit.id);
            let heading = unit.identity.name.clone();
            (ask.page("改资料", "/units"), heading, own.clone(), own, unit.version)
        }
    };
    Ok(UnitFormPage {
        page: title,
        heading,
        back,
        action,
        is_new,
        version,
        choices: choices_of(ask, &sight.atlas, &form, &workers, may_leave),
        works: choices::<WorkWay>(ask, "").into_iter().map(work).collect(),
        errors,
        form,
        carried,
        asked: None,
        today: sight.today,
    })
}

/// `GET /units/new`
pub(crate) async fn new(ask: Ask) -> Answer {
    let mut tx = ask.db().read().await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, None).await?;
    let today = ask.cx.today().to_string();
    let form = Form::of([("status", Status::Operating.code()), ("on", today.as_str())]);
    let view = view(&ask, &mut tx, &sight, About::New, form, FieldErrors::new()).await?;
    html_with(&ask, StatusCode::OK, &view)
}

/// `POST /units`
pub(crate) async fn register(ask: Ask, form: Form) -> Answer {
    let mut tx = ledger::begin(ask.db()).await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, day(&form)).await?;
    let mut errors = FieldErrors::new();
    let draft = draft_of(&form, None, &sight.atlas, &mut errors);
    let done = match edit::register(&mut tx, &ask.cx, &sight.atlas, &draft).await {
        Ok(id) if errors.is_empty() => Ok(id),
        Ok(_) => Err(Refusal::Fields(errors)),
        Err(Refusal::Fields(more)) => Err(Refusal::Fields(joined(errors, &more))),
        Err(other) => Err(other),
    };
    match done {
        Ok(id) => {
            tx.commit().await?;
            Ok(Redirect::to(&format!("/units/{id}?done=registered")).into_response())
        }
        Err(Refusal::Fields(errors)) => {
            tx.rollback().await?;
            let mut tx = ask.db().read().await?;
            let view = view(&ask, &mut tx, &sight, About::New, form, errors).await?;
            html_with(&ask, StatusCode::UNPROCESSABLE_ENTITY, &view)
        }
        Err(other) => Err(other.into()),
    }
}

/// What is wrong with the typed text, then what is wrong with what it says.
fn joined(mut errors: FieldErrors, more: &FieldErrors) -> FieldErrors {
    for (field, message) in more.iter() {
        // The form asks for a place by its name.
        let field = if field == "place" { "place_name" } else { field };
        errors.add(field, message);
    }
    errors
}

fn day(form: &Form) -> Option<Date> {
    form.optional("on")?.parse::<LooseDate>().ok()?.day()
}

/// A unit, its spans, and the span of a day, for somebody who may change it.
struct Opened {
    unit: Unit,
    span: Span,
}

async fn open(ask: &Ask, tx: &mut Tx, sight: &Sight, id: UnitId, on: Date) -> Answer<Opened> {
    let (unit, spans) = ledger::find(tx, id).await?.ok_or(Refused::NotFound)?;
    let newest = spans.last().ok_or(Refused::NotFound)?;
    policy::may_see(&ask.cx.actor, &sight.atlas, &newest.facts)?;
    let span = timeline::on(&spans, on).or_else(|| spans.first()).unwrap_or(newest).clone();
    policy::may_write(&ask.cx.actor, &sight.atlas, Some(&span.facts), &span.facts)?;
    Ok(Opened { unit, span })
}

async fn typed(tx: &mut Tx, sight: &Sight, opened: &Opened, on: Date) -> Answer<Form> {
    let facts = &opened.span.facts;
    let organisation = match facts.organisation {
        Some(id) => organisation::name(tx, id).await?,
        None => None,
    };
    let form = typed_of(&sight.atlas, &opened.unit, facts, organisation);
    let mut fields: Vec<(String, String)> =
        form.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    fields.push(("on".to_owned(), on.to_string()));
    Ok(Form::of(fields))
}

/// `GET /units/{id}/edit?on=…`
pub(crate) async fn edit(ask: Ask, Path(id): Path<String>) -> Answer {
    let id: UnitId = id.parse().map_err(|_| Refused::NotFound)?;
    let asked = Asked::new(Some(&ask.query));
    let today = ask.cx.today();
    let on = asked.parsed::<Date>("on")?.unwrap_or(today).min(today);
    let mut tx = ask.db().read().await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, Some(on)).await?;
    let opened = open(&ask, &mut tx, &sight, id, on).await?;
    let form = typed(&mut tx, &sight, &opened, on).await?;
    let about = About::Known(&opened.unit, &form);
    let view = view(&ask, &mut tx, &sight, about, form.clone(), FieldErrors::new()).await?;
    html_with(&ask, StatusCode::OK, &view)
}

/// `POST /units/{id}`
pub(crate) async fn save(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let id: UnitId = id.parse().map_err(|_| Refused::NotFound)?;
    let today = ask.cx.today();
    let on = day(&form).unwrap_or(today);
    let mut tx = ledger::begin(ask.db()).await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, Some(on)).await?;
    let opened = open(&ask, &mut tx, &sight, id, on).await?;
    let saved = typed(&mut tx, &sight, &opened, on).await?;
    // Compared on the day that the form was filled for, written on the day that it says.
    let base_on = base_day(&form).unwrap_or(on);
    let then = if base_on == on {
        saved.clone()
    } else {
        let then = open(&ask, &mut tx, &sight, id, base_on).await?;
        typed(&mut tx, &sight, &then, base_on).await?
    };
    let version = opened.unit.version;
    let moved = form.get("version").parse() != Ok(version);
    let settled = unit_torn::settle(&form, &then, moved);
    if !settled.open.is_empty() {
        tx.rollback().await?;
        return torn(&ask, &sight, &opened.unit, &then, &settled).await;
    }
    let form = settled.form;
    let mut errors = FieldErrors::new();
    let draft = draft_of(&form, Some(&saved), &sight.atlas, &mut errors);
    let done = edit::change(&mut tx, &ask.cx, &sight.atlas, id, version, &draft).await;
    let refused = match done {
        Ok(now) if errors.is_empty() => {
            tx.commit().await?;
            let word = match (now == version, moved) {
                (true, _) => "same",
                (false, true) => "joined",
                (false, false) => "changed",
            };
            return Ok(Redirect::to(&format!("/units/{id}?done={word}")).into_response());
        }
        Ok(_) => errors,
        Err(Refusal::Fields(more)) => joined(errors, &more),
        Err(other) => return Err(other.into()),
    };
    tx.rollback().await?;
    let mut tx = ask.db().read().await?;
    let about = About::Known(&opened.unit, &then);
    let view = view(&ask, &mut tx, &sight, about, form, refused).await?;
    html_with(&ask, StatusCode::UNPROCESSABLE_ENTITY, &view)
}

/// Asks whose stands, of what two people changed at once. Everything else is in the form as
/// either of them changed it.
async fn torn(ask: &Ask, sight: &Sight, unit: &Unit, saved: &Form, settled: &Settled) -> Answer {
    let mut tx = ask.db().read().await?;
    let workers = worker::in_office(&mut tx, sight.today).await?;
    let asked =
        unit_torn::ask_for(ask, &mut tx, (sight, &workers), unit.id, (saved, settled)).await?;
    let about = About::Known(unit, saved);
    let form = settled.form.clone();
    let mut view = view(ask, &mut tx, sight, about, form, FieldErrors::new()).await?;
    view.carried = unit_torn::kept(saved, Some(settled));
    view.asked = Some(asked);
    html_with(ask, StatusCode::CONFLICT, &view)
}
