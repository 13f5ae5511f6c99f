//! The generated city's units as they stand on the simulated day, before they are written down.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kernel::actor::AccountId;
use organisations::{Cover, Facts, Identity, OrganisationId, Unit, Work, WorkWay};
use places::{Atlas, Front, Industry, UnitKind};

use super::{
    dice::Dice,
    ground::{Ground, SHOPS_TO_CLOSE},
    naming::{Naming, address},
    staff::Staff,
    words::{industries, industry_of, kinds},
};
use organisations::settle::{Said, settle};

/// Members from which a unit should have an organisation: the first rule's floor.
pub(super) const FLOOR: i64 = 3;
/// A joint organisation covers so many units at most.
pub(super) const JOINT_UNITS: usize = 5;

/// A unit.
pub(super) struct Sim {
    /// As the register knows it, once it was written.
    pub(super) unit: Option<Unit>,
    pub(super) identity: Identity,
    pub(super) facts: Facts,
    /// Its turn among the sites.
    pub(super) site: usize,
    /// Its front's turn in [`Front`]'s order, which never changes.
    pub(super) front: usize,
    /// The organisation that covers it, by its turn in [`World::organisations`].
    pub(super) organisation: Option<usize>,
}

/// An organisation.
pub(super) struct Organisation {
    pub(super) name: String,
    pub(super) on: Date,
    /// Once it was written.
    pub(super) id: Option<OrganisationId>,
    /// The units that a joint one covers now.
    pub(super) units: usize,
    /// The site of a joint one.
    pub(super) joint_at: Option<usize>,
}

/// Everything that the simulation knows.
pub(super) struct World<'a> {
    pub(super) atlas: &'a Atlas,
    pub(super) ground: &'a Ground,
    pub(super) approver: AccountId,
    pub(super) dice: Dice,
    pub(super) naming: Naming,
    pub(super) units: Vec<Sim>,
    pub(super) organisations: Vec<Organisation>,
    /// Units that something happened to since the last writing, and on which day.
    pub(super) touched: BTreeMap<usize, Date>,
    /// Shops of the mall that have no unit yet.
    free_shops: Vec<usize>,
    /// How many joint organisations each site has had, for their names.
    joint_counts: Vec<usize>,
}

impl<'a> World<'a> {
    pub(super) fn new(
        atlas: &'a Atlas,
        ground: &'a Ground,
        approver: AccountId,
        dice: Dice,
        naming: Naming,
        units: usize,
    ) -> Self {
        // Not every shop is a unit of its own: chains are units elsewhere. A small city has fewer.
        let most = (ground.shops.len() - SHOPS_TO_CLOSE).min(units / 40 + 8);
        Self {
            atlas,
            ground,
            approver,
            dice,
            naming,
            units: Vec::with_capacity(units),
            organisations: Vec::new(),
            touched: BTreeMap::new(),
            free_shops: (0..most).rev().collect(),
            joint_counts: vec![0; ground.sites.len()],
        }
    }

    /// Marks a unit as changed on a day; it is written down at the end of the week.
    pub(super) fn touch(&mut self, unit: usize, on: Date) {
        self.touched.entry(unit).or_insert(on);
    }

    /// A new unit on a front of this kind; not yet covered by anything.
    pub(super) fn arrive(&mut self, front: Front, on: Date, staff: &Staff) -> usize {
        let shop = if front == Front::District && self.dice.chance(0.5) {
            self.free_shops.pop()
        } else {
            None
        };
        let kind = match shop {
            Some(_) => self.dice.weighted(&[(UnitKind::SoleTrader, 3), (UnitKind::Enterprise, 1)]),
            None => self.dice.weighted(kinds(front)),
        };
        let site = match shop {
            Some(_) => self.ground.mall,
            None => self.site(front),
        };
        let industry = match shop {
            Some(shop) => self.ground.shops[shop].industry,
            None => industry_of(kind).unwrap_or_else(|| self.dice.weighted(industries(front))),
        };
        let identity = self.identity(kind, industry, site, shop);
        let town = self.ground.towns[self.ground.sites[site].town];
        let mut facts = Facts::blank(town, industry);
        facts.front = Some(front);
        facts.place = match shop {
            Some(shop) => Some(self.ground.shops[shop].place),
            None => self.spot(site),
        };
        facts.headcount = headcount(&mut self.dice, front, kind);
        let members = self.dice.weighted(&[(0, 68), (1, 22), (2, 10)]);
        facts.member_count = members.min(facts.headcount);
        let front =
            <Front as kernel::Code>::ALL.iter().position(|one| *one == front).unwrap_or_default();
        self.units.push(Sim { unit: None, identity, facts, site, front, organisation: None });
        let unit = self.units.len() - 1;
        self.settle(unit, staff);
        self.touch(unit, on);
        unit
    }

    /// Town, front, station and body follow from where and what it is; the worker from the station.
    pub(super) fn settle(&mut self, unit: usize, staff: &Staff) {
        let Sim { facts, identity, .. } = &mut self.units[unit];
        let said = Said { front: facts.place.is_none(), station: false, body: false };
        let before = facts.station;
        settle(self.atlas, identity.kind, facts, said);
        if facts.worker.is_none() || facts.station != before {
            facts.worker = facts.station.and_then(|station| staff.one_of(station, &mut self.dice));
        }
    }

    /// A site of this kind: first the town, then one of its sites, as often as their weights say.
    pub(super) fn site(&mut self, front: Front) -> usize {
        let town = self.dice.weighted(&Ground::weights());
        let sites = self.ground.sites.iter().enumerate();
        let weighed: Vec<(usize, u32)> = sites
            .filter(|(_, site)| site.front == front && site.town == town)
            .map(|(turn, site)| (turn, site.weight))
            .collect();
        self.dice.weighted(&weighed)
    }

    /// A floor or street of a site; sometimes only the site is known, or not even that.
    pub(super) fn spot(&mut self, site: usize) -> Option<places::PlaceId> {
        let site = &self.ground.sites[site];
        match self.dice.below(100) {
            0..4 => None,
            4..12 => Some(site.place),
            _ => Some(*self.dice.pick(&site.spots)),
        }
    }

    fn identity(
        &mut self,
        kind: UnitKind,
        industry: Industry,
        site: usize,
        shop: Option<usize>,
    ) -> Identity {
        let site = &self.ground.sites[site];
        let town = Ground::short(site.town);
        let name = match shop {
            Some(shop) => {
                let name = &self.ground.shops[shop].name;
                let end =
                    if kind == UnitKind::Enterprise { "（昆山）有限公司" } else { "" };
                format!("{name}{end}")
            }
            None => self.naming.unit(&mut self.dice, kind, industry, town),
        };
        let address = if self.dice.chance(0.8) {
            format!("{}{}", site.address, site.name)
        } else {
            address(&mut self.dice, town)
        };
        let uscc = self.naming.code(&mut self.dice, kind);
        Identity { uscc, name, kind, address, note: String::new() }
    }

    /// The unit has so many members that it should establish an organisation.
    pub(super) fn grow_due(&mut self, unit: usize) {
        let members = FLOOR + self.dice.weighted(&[(0, 55), (1, 20), (2, 12), (4, 8), (9, 5)]);
        let facts = &mut self.units[unit].facts;
        facts.member_count = facts.member_count.max(members);
        facts.headcount = facts.headcount.max(facts.member_count + members);
    }

    /// The unit establishes an organisation of its own.
    pub(super) fn establish(&mut self, unit: usize, on: Date) {
        let sim = &self.units[unit];
        let rank = match sim.facts.member_count {
            100.. => "委员会",
            50..100 => "总支部委员会",
            _ => "支部委员会",
        };
        let name = format!("中共{}{rank}", sim.identity.name);
        let new = Organisation { name, on, id: None, units: 1, joint_at: None };
        self.organisations.push(new);
        let turn = self.organisations.len() - 1;
        self.cover(unit, Cover::Separate, Some(turn));
    }

    /// A joint organisation at a site, without units yet.
    pub(super) fn found_joint(&mut self, site: usize, on: Date) -> usize {
        self.joint_counts[site] += 1;
        let no = self.joint_counts[site];
        let name = format!("中共{}第{no}联合支部委员会", self.ground.sites[site].name);
        let new = Organisation { name, on, id: None, units: 0, joint_at: Some(site) };
        self.organisations.push(new);
        self.organisations.len() - 1
    }

    /// The unit joins a joint organisation, with at least one member.
    pub(super) fn join(&mut self, unit: usize, organisation: usize) {
        self.organisations[organisation].units += 1;
        let facts = &mut self.units[unit].facts;
        facts.headcount = facts.headcount.max(1);
        facts.member_count = facts.member_count.max(1);
        self.cover(unit, Cover::Joint, Some(organisation));
    }

    /// The unit's organisation covers it no longer.
    pub(super) fn uncover(&mut self, unit: usize) {
        if let Some(turn) = self.units[unit].organisation {
            self.organisations[turn].units -= 1;
        }
        self.cover(unit, Cover::None, None);
    }

    fn cover(&mut self, unit: usize, cover: Cover, organisation: Option<usize>) {
        let sim = &mut self.units[unit];
        (sim.facts.cover, sim.organisation) = (cover, organisation);
        if cover == Cover::None {
            sim.facts.organisation = None;
        }
    }

    /// Somebody takes the unit's work on: an instructor, a liaison, its union, its league.
    pub(super) fn cover_by_work(&mut self, unit: usize) {
        const WAYS: [(WorkWay, u32); 4] = [
            (WorkWay::Instructor, 45),
            (WorkWay::Liaison, 30),
            (WorkWay::Union, 17),
            (WorkWay::League, 8),
        ];
        let mut work = Work::NONE.with(self.dice.weighted(&WAYS));
        if self.dice.chance(0.2) {
            work = work.with(self.dice.weighted(&WAYS));
        }
        self.units[unit].facts.work = work;
    }
}

/// Employees: most units have few, some many. The natural logarithm is about normal.
fn headcount(dice: &mut Dice, front: Front, kind: UnitKind) -> i64 {
    let (mean, spread) = match (kind, front) {
        (UnitKind::SoleTrader, _) => (0.9, 0.6),
        (_, Front::Park) => (3.7, 1.2),
        (_, Front::Building) => (2.6, 1.0),
        (_, Front::District) => (2.3, 0.9),
        (_, Front::MakerSpace) => (1.9, 0.8),
        (_, Front::CharacteristicTown) => (2.1, 0.9),
    };
    // Twelve evenly spread numbers add up to nearly a normal one of spread 1 around 6.
    let normal: f64 = (0..12).map(|_| dice.share()).sum::<f64>() - 6.0;
    let persons = f64::exp(mean + spread * normal).clamp(1.0, 9_000.0);
    #[expect(clippy::cast_possible_truncation, reason = "clamped above")]
    let persons = persons as i64;
    persons
}
