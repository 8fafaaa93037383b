// What deduplicate decides of stories that share words, through the real stages normalize and
// deduplicate.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "stages/story/decode.h"
#include "stages/story/encode.h"
#include "tests/stages/deduplicate/desk.h"

namespace copydesk {
namespace {

using testing::Desk;
using testing::RecallKeeper;
using testing::Replaced;

constexpr std::string_view kFerry =
    "A ferry with 312 people on board ran aground off the Galician coast on Monday after its "
    "engines failed in heavy seas, the harbour master of Vigo said. Tugs from Marin pulled the "
    "Costa Verde free within four hours and brought her to the inner quay. Nobody was hurt, but "
    "the hull was torn on the port side below the car deck. Carmen Outeiro, who leads the rescue "
    "service, told reporters that the crew had asked for help twice before the anchor held. The "
    "owner, Naviera Atlantica, said it would refund all passengers and send divers to look at "
    "the damage before the ship leaves for Bilbao.";
constexpr std::string_view kGrain =
    "Ministers agreed in Brussels on Tuesday to lower the levy on maize and sorghum from the "
    "autumn. Growers in Hungary and Romania had asked for a longer transition because their "
    "silos are still full from two wet summers. Commissioner Elisabet Lindqvist called it a "
    "compromise that nobody loves. Storage aid will be paid to cooperatives that keep grain off "
    "the market until March, while importers must report what they hold each fortnight.";

TEST(NearDuplicate, IsALightlyEditedStoryAndIsDiverted) {
  Desk desk;
  desk.Decide("Ferry runs aground off Vigo", kFerry);
  const Relation edited = desk.Decide("Galicia: ferry aground",
                                      Replaced(Replaced(kFerry, "in heavy seas, ", "in a storm, "),
                                               "Nobody was hurt", "No one was injured"));
  EXPECT_EQ(edited.kind, RelationKind::kNearDuplicate);
  EXPECT_EQ(Desk::LeadOf(edited), 0);
  EXPECT_EQ(edited.rule, "much the same words as an earlier story");
  EXPECT_GE(edited.in_lead, 70);
  EXPECT_EQ(desk.last_outcome(), Outcome::kDivert);
}

TEST(NearDuplicate, OfAPickUpLeadsToTheFirst) {
  Desk desk;
  desk.Decide("Ferry runs aground off Vigo", kFerry);
  const std::string second = Replaced(kFerry, "in heavy seas, ", "in a storm, ");
  desk.Decide("Ferry aground", second);
  const Relation third = desk.Decide("Ship aground", Replaced(second, "torn on", "ripped on"));
  EXPECT_EQ(third.kind, RelationKind::kNearDuplicate);
  EXPECT_EQ(Desk::LeadOf(third), 0);
}

TEST(NearDuplicate, IsOfWhatWasPublishedAndNotOfWhatWasDiverted) {
  // Each shares two of its three paragraphs with the one before.
  constexpr std::string_view kParagraphs[] = {
      "The Bank of Ruritania raised its main interest rate by a quarter point on Tuesday, saying "
      "inflation in Strelsau had run above target for eight months.",
      "Workers at the port of Zenda walked out for a third day over plans to automate two of its "
      "cranes, halting exports of timber and delaying passenger ferries.",
      "A court in Hofbau fined the brewer Lauengram two million crowns for fixing the price of "
      "beer with three rivals, in the largest cartel case the country has seen.",
      "Three people drowned when the river Teufelsbach burst its banks near Hentzau overnight, "
      "and some two hundred were taken to a school by boat.",
      "Captain Rassendyll scored twice as the football team beat its neighbours in front of "
      "spectators who had waited for hours in heavy rain outside the gates.",
      "The late king's letters went on show in the castle's library, where they had lain in a "
      "locked chest since the coup, the curator of the museum said."};
  Desk desk;
  for (size_t first = 0; first < 4; ++first) {
    std::string body;
    for (size_t i = first; i < first + 3; ++i) body += std::string(kParagraphs[i]) + "\n\n";
    desk.Decide("News from Ruritania", body);
    EXPECT_EQ(desk.last_outcome(), first % 2 == 0 ? Outcome::kPublish : Outcome::kDivert) << first;
  }
}

TEST(NearDuplicate, OfManyPickUpsIsStillOne) {
  constexpr std::string_view kStory =
      "The Bank of Ruritania raised its main interest rate by a quarter point on Tuesday, saying "
      "inflation in Strelsau had run above target for eight months and that further moves would "
      "depend on wages and on the price of grain from the northern provinces.";
  Desk desk;
  desk.Decide("Rates", kStory);
  for (int i = 0; i < 40; ++i) {
    const std::string desk_name = "desk" + std::to_string(i);
    const Relation& again = desk.Decide("Rates", std::string(kStory) + " By " + desk_name + ".");
    EXPECT_EQ(again.kind, RelationKind::kNearDuplicate) << i << ' ' << again.rule;
    EXPECT_EQ(Desk::LeadOf(again), 0);
  }
}

TEST(NearDuplicate, IsNotAnotherStory) {
  Desk desk;
  desk.Decide("Ferry runs aground off Vigo", kFerry);
  const Relation other = desk.Decide("Maize levy to fall", kGrain);
  EXPECT_EQ(other.kind, RelationKind::kOriginal);
  EXPECT_EQ(other.rule, "nothing like it in the window");
}

TEST(NearDuplicate, IsNoNoticeOfAnotherCompany) {
  Desk desk;
  desk.Decide("MIDLAND BREWERIES SETS QUARTERLY DIVIDEND",
              "Midland Breweries Inc said its board declared a regular quarterly dividend of 17 "
              "cts per share, payable April 15 to holders of record March 31.");
  const Relation other = desk.Decide(
      "TACOMA TIMBER SETS QUARTERLY DIVIDEND",
      "Tacoma Timber Corp said its board declared a regular quarterly dividend of 32 cts per "
      "share, payable May 11 to holders of record April 24.");
  EXPECT_EQ(other.kind, RelationKind::kOriginal);
  EXPECT_EQ(other.rule, "words of an earlier story, other names or figures");
}

TEST(NearDuplicate, IsNoStoryAboutAnotherSubjectHoweverMuchBothShare) {
  const std::string fares =
      " lowers its fares to the islands from May, the company said. Tickets that were bought "
      "before "
      "keep their price; ferries sail from Vigo and Marin as ever.";
  Desk desk;
  desk.Decide("Lineas Duarte cuts fares", "Lineas Duarte" + fares);
  const Relation other =
      desk.Decide("Transportes Ourense cuts fares", "Transportes Ourense" + fares);
  EXPECT_EQ(other.kind, RelationKind::kOriginal);
  EXPECT_EQ(other.rule, "words of an earlier story, other names or figures");
  // With something put before it, it is still about the same.
  const Relation same =
      desk.Decide("Lineas Duarte cuts fares", "Unions protest. Lineas Duarte" + fares);
  EXPECT_EQ(same.kind, RelationKind::kNearDuplicate) << same.rule;
  EXPECT_EQ(Desk::LeadOf(same), 0);
}

constexpr std::string_view kOtherNames = "words of an earlier story, other names or figures";

TEST(NearDuplicate, IsNoStoryWithAnotherNameInTheSameHeadline) {
  const std::string prices =
      " said it raised the contract price it will pay for crude oil 50 cts a barrel, effective "
      "today. The increase brings the posted price for the West Texas Intermediate and West Texas "
      "Sour grades to 17.50 dlrs. ";
  Desk desk;
  desk.Decide("Sundance raises crude postings 50 cts", "Sundance" + prices);
  // It speaks of the other one, too.
  const Relation other = desk.Decide("Penbrook raises crude postings 50 cts",
                                     "Penbrook" + prices + "Sundance did so earlier today.");
  EXPECT_EQ(other.kind, RelationKind::kOriginal);
  EXPECT_EQ(other.rule, kOtherNames);
}

TEST(NearDuplicate, IsNoNoticeWhoseHeadlineNamesAnother) {
  constexpr std::string_view kNotice =
      "Qtly div 20 cts vs 20 cts prior. Pay April 15. Record March";
  Desk desk;
  // Words that many headlines have name nobody.
  for (const char c : std::string_view("abcdefghijklmnopqrst")) {
    const std::string name(4, c);
    desk.Decide(name + " sets regular dividend",
                name + "ine workers " + name + "ed the whole " + name + "ing plant");
  }
  const Relation first = desk.Decide("Quarry Oats regular dividend", std::string(kNotice) + " 23");
  EXPECT_EQ(first.kind, RelationKind::kOriginal) << first.rule;
  const Relation other =
      desk.Decide("Unibanc Holding regular dividend", std::string(kNotice) + " 23. Reuter");
  EXPECT_EQ(other.kind, RelationKind::kOriginal);
  EXPECT_EQ(other.rule, kOtherNames);
  const Relation same =
      desk.Decide("Quarry Oats sets regular payout", std::string(kNotice) + " 23. o");
  EXPECT_EQ(same.kind, RelationKind::kNearDuplicate) << same.rule;
}

TEST(NearDuplicate, IsNoReportWhoseHeadlineIsItsFirstWords) {
  Desk desk;
  constexpr std::string_view kMatch =
      "A beat B 2-1 in the Premier League on Saturday. The home side scored early through their "
      "captain, who headed in a corner, and again from the spot before the visitors answered in "
      "the last minute of a match that had been stopped twice for rain.";
  const auto report = [&](const char* winner, const char* loser) {
    return Replaced(Replaced(kMatch, "A beat", std::string(winner) + " beat"), "B 2-1",
                    std::string(loser) + " 2-1");
  };
  EXPECT_EQ(desk.Decide("Arsenal beat Chelsea", report("Arsenal", "Chelsea")).kind,
            RelationKind::kOriginal);
  EXPECT_EQ(desk.Decide("Everton beat Fulham", report("Everton", "Fulham")).kind,
            RelationKind::kOriginal);
  // An excerpt's headline is made of its first words, too.
  desk.Decide("Ferry runs aground off Vigo", kFerry);
  const std::string_view part = kFerry.substr(kFerry.find("Tugs"), 180);
  EXPECT_EQ(desk.Decide(part.substr(0, 50), part).kind, RelationKind::kExcerpt);
}

TEST(NearDuplicate, IsAnAlertInCapitals) {
  Desk desk;
  // So that hardly any of its phrases tells anything.
  for (const std::string bank : {"Zenda", "Hentzau", "Strelsau", "Hofbau", "Tarlenheim", "Zabern",
                                 "Graustark", "Edelweiss", "Ganlook", "Axphain"}) {
    desk.Decide(bank + " reacts", "When the Fed raises rates by 25 basis points " + bank +
                                      " is where " + bank + "ers sell houses, said " + bank + ".");
  }
  desk.Decide("FED RAISES RATES BY 25 BASIS POINTS", "");
  const Relation again = desk.Decide("Fed raises rates by 25 basis points", "");
  EXPECT_EQ(again.kind, RelationKind::kNearDuplicate) << again.rule;
  EXPECT_EQ(desk.Decide("Fed raises rates by 50 basis points", "").kind, RelationKind::kOriginal);
}

TEST(NearDuplicate, IsNoAlertInOtherWords) {
  constexpr std::string_view kAlert = "APPLE TO BUY TESLA FOR $500 BLN, SOURCES SAY";
  const char* const others[] = {
      "MICROSOFT TO BUY TESLA FOR $500 BLN, SOURCES SAY",
      "APPLE NOT TO BUY TESLA FOR $500 BLN, SOURCES SAY",
      "TESLA TO BUY APPLE FOR $500 BLN, SOURCES SAY",
      "APPLE TO BUY TESLA FOR $500 BLN, CHIEF SAYS",
  };
  for (const char* const other : others) {
    Desk desk;
    desk.Decide(kAlert, "");
    EXPECT_EQ(desk.Decide(other, "").kind, RelationKind::kOriginal) << other;
    EXPECT_EQ(desk.Decide(std::string(kAlert) + " ON MONDAY", "").kind,
              RelationKind::kNearDuplicate);
  }
}

TEST(NearDuplicate, IsNoShortStoryThatDeniesIt) {
  Desk desk;
  desk.Decide("Mayor guilty of fraud", "A court found the mayor of Strelsau guilty on Monday.");
  EXPECT_EQ(desk.Decide("Mayor not guilty of fraud",
                        "A court found the mayor of Strelsau not guilty on Monday.")
                .kind,
            RelationKind::kOriginal);
}

TEST(NearDuplicate, IsNoReportWithTheNamesInEachOthersPlaces) {
  const auto report = [](const std::string& winner, const std::string& loser) {
    return winner + " beat " + loser +
           " 2-1 in the Premier League on Saturday. The home side took the lead before half time "
           "and held on in a lively second half in front of a full house.";
  };
  Desk desk;
  desk.Decide("Arsenal beat Chelsea", report("Arsenal", "Chelsea"));
  EXPECT_EQ(desk.Decide("Chelsea beat Arsenal", report("Chelsea", "Arsenal")).kind,
            RelationKind::kOriginal);
  // Where the bodies are the same, it is another headline for it.
  constexpr std::string_view kTalks =
      "The presidents of Ruritania and Graustark met for three hours in Strelsau on Friday and "
      "agreed to open two more crossings at their border before the harvest, their spokesmen said, "
      "without saying what will become of the disputed salt mines.";
  desk.Decide("Rudolf meets Yetive", kTalks);
  const Relation again = desk.Decide("Yetive meets Rudolf", kTalks);
  EXPECT_EQ(again.kind, RelationKind::kNearDuplicate) << again.rule;
}

TEST(NearDuplicate, IsNoStoryThatSaysTheOpposite) {
  const std::string raised =
      "The Bank of Ruritania on Tuesday raised its main rate for the first time this year, "
      "surprising analysts who thought it would wait.";
  Desk desk;
  desk.Decide("Ruritania raises rates", raised);
  EXPECT_EQ(desk.Decide("Ruritania cuts rates", Replaced(raised, "raised", "cut")).kind,
            RelationKind::kOriginal);
  EXPECT_EQ(desk.Decide("Ruritania hikes rates", Replaced(raised, "raised", "hiked")).kind,
            RelationKind::kNearDuplicate);
  // Of a longer story, too, and in other languages.
  const std::string court =
      "Суд города Стрельсау в четверг после трёх недель слушаний объявил приговор бывшему мэру, "
      "которого обвиняли в растрате двух миллионов крон из средств на ремонт моста. Судья сказал, "
      "что мэр признан виновным в растрате. Защита заявила, что изучит решение. Мост закрыт с "
      "весны, и когда он снова откроется, неизвестно.";
  desk.Decide("Суд признал мэра виновным", court);
  EXPECT_EQ(
      desk.Decide("Суд не признал мэра виновным", Replaced(court, "признан", "не признан")).kind,
      RelationKind::kOriginal);
  // Everyday words say nothing where the headlines are not the same otherwise.
  EXPECT_EQ(desk.Decide("Higher rates in Ruritania as growth slips", raised).kind,
            RelationKind::kNearDuplicate);
}

TEST(NearDuplicate, IsNoStoryWhoseBodySaidAnotherHeadlineAgain) {
  constexpr std::string_view kRest =
      " The quake struck at a depth of ten kilometres, the geological survey said. There were no "
      "reports of damage. Schools were closed as a measure of caution.";
  Desk desk;
  for (const std::string city : {"Lima", "Quito", "Manila"}) {
    const std::string headline = "Strong earthquake hits " + city;
    EXPECT_EQ(desk.Decide(headline, headline + "." + std::string(kRest)).kind,
              RelationKind::kOriginal)
        << city;
  }
}

TEST(NearDuplicate, IsNoReportOfAnotherPartOfTheDay) {
  const std::string trade =
      " Cargill was the featured seller of July and Refco bought May. The strong chart picture and "
      "the strength of corn and soybeans lent support, traders said, and weakness of the dollar "
      "this year helps exports.";
  Desk desk;
  desk.Decide("Chicago wheat futures ease to mixed by midsession", "Wheat eased slightly." + trade);
  const Relation later =
      desk.Decide("Chicago wheat futures close higher", "Wheat rose in light trade." + trade);
  EXPECT_EQ(later.kind, RelationKind::kOriginal);
  EXPECT_EQ(later.rule, kOtherNames);
  const Relation same =
      desk.Decide("Chicago wheat futures mixed at midsession", "Wheat eased slightly. " + trade);
  EXPECT_EQ(same.kind, RelationKind::kNearDuplicate) << same.rule;
}

TEST(NearDuplicate, OfTheSameBodyMayNameAnotherPartOfTheDay) {
  constexpr std::string_view kFire =
      "A fire destroyed a furniture factory in Leeds on Monday and two workers were taken to "
      "hospital with burns, the fire brigade said. Roads around the works were closed.";
  Desk desk;
  desk.Decide("Fire at Leeds factory early Monday", kFire);
  const Relation again = desk.Decide("Overnight fire at Leeds factory", kFire);
  EXPECT_EQ(again.kind, RelationKind::kNearDuplicate) << again.rule;
}

TEST(NearDuplicate, IsNoTableWithoutHeadlineOfAnotherHour) {
  const auto table = [](std::string_view hour) {
    return "LONDON SEEDS " + std::string(hour) +
           " - APR 7 COPRA Philippines dlrs per tonne cif Rotterdam Mar 390.00 Apr 395.00 SOYBEANS "
           "US No 2 yellow Apr 205.20 May 204.10 Jun 203.30 RAPESEED UK stg per tonne Apr 296.00";
  };
  Desk desk;
  desk.Decide("", table("1330"));
  const Relation other = desk.Decide("", table("1200"));
  EXPECT_EQ(other.kind, RelationKind::kOriginal);
  EXPECT_EQ(other.rule, kOtherNames);
  const Relation same = desk.Decide("", table("1330") + " byr");
  EXPECT_EQ(same.kind, RelationKind::kNearDuplicate) << same.rule;
}

TEST(NearDuplicate, WithFiguresOfItsOwnIsNewsWithinTheHour) {
  const auto grain = [](std::string_view export_tonnes, std::string_view sold_tonnes) {
    return "The Commodity Credit Corporation has accepted bids for export bonuses to cover a sale "
           "of wheat to Yemen, the Agriculture Department said. The shipment, " +
           std::string(export_tonnes) +
           ", is for the second quarter. An additional quantity is still available to the country "
           "under the Export Enhancement Program, which was announced in the autumn by the "
           "department's officials. Traders had expected " +
           std::string(sold_tonnes) + " in all.";
  };
  constexpr std::string_view kHeadline = "USDA accepts bonus bids on wheat to Yemen";
  Desk desk;
  desk.Decide(kHeadline, grain("of 30,000 tonnes", "50,000"));
  const Relation other = desk.Decide(kHeadline, grain("some 15,000 tonnes", "22,500"));
  EXPECT_EQ(other.kind, RelationKind::kOriginal);
  EXPECT_EQ(other.rule, kOtherNames);
  const Relation same = desk.Decide(kHeadline, grain("some 15,000 tonnes", "22,500") + " Reuter");
  EXPECT_EQ(same.kind, RelationKind::kNearDuplicate) << same.rule;
}

TEST(NearDuplicate, OfTheNextDayWithAnotherFigureIsNews) {
  const auto funds = [](std::string_view rate) {
    return "The Federal Reserve entered the government securities market to arrange two billion "
           "dlrs of customer repurchase agreements, a spokesman said. Dealers said that Federal "
           "funds were trading at " +
           std::string(rate) + " pct when it began its temporary and indirect supply of reserves.";
  };
  constexpr std::string_view kHeadline = "Fed adds reserves via customer repurchases";
  Desk desk;
  desk.Decide(kHeadline, funds("6-1/16"));
  const Relation corrected = desk.Decide(kHeadline, funds("6-1/8"));
  EXPECT_EQ(corrected.kind, RelationKind::kNearDuplicate) << corrected.rule;
  desk.WaitHours(24);
  const Relation next = desk.Decide(kHeadline, funds("6-3/8"));
  EXPECT_EQ(next.kind, RelationKind::kOriginal);
  EXPECT_EQ(next.rule, kOtherNames);
  const Relation sent_again = desk.Decide(kHeadline, funds("6-3/8") + " Reuter");
  EXPECT_EQ(Desk::LeadOf(sent_again), 2) << sent_again.rule;
}

TEST(NearDuplicate, IsAnExcerptWhenItIsAPart) {
  Desk desk;
  desk.Decide("Ferry runs aground off Vigo", std::string(kFerry) + " " + std::string(kGrain));
  const Relation part = desk.Decide("Maize", kGrain.substr(0, 260));
  EXPECT_EQ(part.kind, RelationKind::kExcerpt);
  EXPECT_EQ(part.rule, "part of an earlier story");
  EXPECT_EQ(Desk::LeadOf(part), 0);
  EXPECT_EQ(desk.last_outcome(), Outcome::kPublish);
}

TEST(NearDuplicate, IsAnExcerptWhenItContainsAnEarlierStory) {
  Desk desk;
  desk.Decide("Maize", kGrain.substr(0, 260));
  const Relation whole =
      desk.Decide("Round-up", std::string(kFerry) + " " + std::string(kGrain.substr(0, 260)));
  EXPECT_EQ(whole.kind, RelationKind::kExcerpt);
  EXPECT_EQ(whole.rule, "contains an earlier story");
  // What is like the round-up leads to it, not to a part of it.
  const Relation again =
      desk.Decide("Round-up", Replaced(kFerry, "in heavy seas, ", "in a storm, ") + " " +
                                  std::string(kGrain.substr(0, 260)));
  EXPECT_EQ(Desk::LeadOf(again), 1);
}

TEST(NearDuplicate, IsACorrectionOrRevisionWhereItSaysSo) {
  Desk desk;
  desk.Decide("Ferry runs aground off Vigo", kFerry);
  const Relation correction =
      desk.Decide("CORRECTED-Ferry runs aground off Vigo", Replaced(kFerry, "312", "321"));
  EXPECT_EQ(correction.kind, RelationKind::kCorrection);
  EXPECT_EQ(Desk::LeadOf(correction), 0);
  EXPECT_EQ(correction.rule, "says it is a correction, much the same words as an earlier story");
  EXPECT_EQ(desk.last_outcome(), Outcome::kPublish);
  const Relation update = desk.Decide("UPDATE 1-Ferry runs aground off Vigo",
                                      std::string(kFerry) + " Divers found a second tear.");
  EXPECT_EQ(update.kind, RelationKind::kRevision);
  EXPECT_EQ(Desk::LeadOf(update), 0);
  EXPECT_EQ(desk.last_outcome(), Outcome::kPublish);
}

TEST(NearDuplicate, IsARevisionWithOtherFiguresUnderItsHeadline) {
  constexpr std::string_view kFirst =
      "Quake near Arequipa kills 12, injures 80 and damages 310 homes, civil defence said.";
  constexpr std::string_view kLater =
      "Quake near Arequipa kills 47, injures 650 and damages 2,900 homes, civil defence said.";
  const std::string tail =
      " Rescuers dug through the night in Camana and Ocona; the coastal road is cut.";
  Desk desk;
  desk.Decide("Quake kills dozens in Peru", std::string(kFirst) + tail);
  const Relation other = desk.Decide("Quake shakes Peru again", std::string(kLater) + tail);
  EXPECT_EQ(other.kind, RelationKind::kOriginal) << other.rule;
  const Relation update =
      desk.Decide("UPDATE 1-Quake kills dozens in Peru", std::string(kLater) + tail);
  EXPECT_EQ(update.kind, RelationKind::kRevision) << update.rule;
}

TEST(NearDuplicate, IsRecalledWithItsLeadAndAKillIsNone) {
  Desk desk;
  desk.Decide("Ferry runs aground off Vigo", kFerry, PubStatus::kUsable, "urn:ferry");
  desk.Decide("Ferry aground", Replaced(kFerry, "in heavy seas, ", "in a storm, "));
  const Relation kill = desk.Decide("Ferry aground", kFerry, PubStatus::kCanceled, "urn:ferry");
  EXPECT_EQ(kill.kind, RelationKind::kKill);
  EXPECT_EQ(desk.last_outcome(), Outcome::kPublish);
  EXPECT_EQ(desk.context.recalls.size(), 2u);
}

TEST(NearDuplicate, IsNotLookedForWhereItIsOff) {
  Desk desk("{near_duplicates: off}");
  desk.Decide("Ferry runs aground off Vigo", kFerry);
  const Relation edited =
      desk.Decide("Ferry aground", Replaced(kFerry, "in heavy seas, ", "in a storm, "));
  EXPECT_EQ(edited.kind, RelationKind::kOriginal);
}

TEST(NearDuplicate, IsDivertedOrNotByPolicy) {
  Desk desk("{policy: {near-duplicate: annotate, excerpt: divert}}");
  desk.Decide("Ferry runs aground off Vigo", kFerry);
  desk.Decide("Ferry aground", Replaced(kFerry, "in heavy seas, ", "in a storm, "));
  EXPECT_EQ(desk.last_outcome(), Outcome::kPublish);
  desk.Decide("Maize", std::string(kFerry) + std::string(kGrain) + std::string(kGrain));
  desk.Decide("Maize", kGrain.substr(0, 260));
  EXPECT_EQ(desk.last_outcome(), Outcome::kDivert);
}

TEST(NearDuplicate, IsFoundWhereTheChainIsCutAfterNormalize) {
  const auto normalize_factory = *MakeNormalize(*ConfigNode::FromText("{}", "test"));
  const auto deduplicate_factory = *MakeDeduplicate(*ConfigNode::FromText("{}", "test"));
  const std::unique_ptr<Stage> normalize = normalize_factory->Make();
  const std::unique_ptr<Stage> deduplicate = deduplicate_factory->Make();
  RecallKeeper context;
  StoryDecoder decoder({}, InputFormat::kAuto, DefaultFieldMap());
  std::vector<Relation> relations;
  for (const std::string& body :
       {std::string(kFerry), Replaced(kFerry, "in heavy seas, ", "in a storm, ")}) {
    const auto offset = static_cast<int64_t>(relations.size());
    const std::string record =
        R"({"uri":"urn:story:)" + std::to_string(offset) + R"(","body_text":")" + body + R"("})";
    Item before, behind;
    Item* const first[] = {&before};
    Item* const second[] = {&behind};
    before.payload = std::make_unique<StoryPayload>();
    behind.payload = std::make_unique<StoryPayload>();
    ASSERT_FALSE(decoder.Decode(record, &StoryOf(before)));
    normalize->Process(first, context);
    std::string cut;
    EncodeStory(StoryOf(before), record, &cut);
    ASSERT_FALSE(decoder.Decode(cut, &StoryOf(behind)));
    behind.record.topic = "normalized";
    behind.record.partition = 0;
    behind.record.offset = offset;
    behind.record.timestamp_ms = 1'000'000;
    deduplicate->Process(second, context);
    relations.push_back(*StoryOf(behind).relation);
  }
  EXPECT_EQ(relations[1].kind, RelationKind::kNearDuplicate);
  EXPECT_EQ(Desk::LeadOf(relations[1]), 0);
}

}  // namespace
}  // namespace copydesk
