// Short stories of one template under one headline, which differ by a name in the text only: they
// are other news, and what is spelled or worded otherwise is not.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/stages/deduplicate/desk.h"

namespace copydesk {
namespace {

using testing::Desk;
using testing::Replaced;

constexpr std::string_view kFire =
    "Firefighters were called to a house fire in Springfield, Ohio, on Tuesday night. Two people "
    "were treated for smoke inhalation by the Red Cross. The cause of the fire is being "
    "investigated, the fire service said.";

RelationKind SecondOf(std::string_view headline, std::string_view first, std::string_view second) {
  Desk desk;
  desk.Decide(headline, first);
  return desk.Decide(headline, second).kind;
}

TEST(Template, WithAnotherPlaceIsOtherNews) {
  EXPECT_EQ(SecondOf("House fire", kFire, Replaced(kFire, "Springfield", "Dayton")),
            RelationKind::kOriginal);
  constexpr std::string_view kBrand =
      "Bei einem Wohnungsbrand in Kassel ist ein Mann schwer verletzt worden. Die Feuerwehr "
      "löschte die Flammen in der Nacht zum Dienstag. Die Ursache ist noch unklar, wie die "
      "Polizei mitteilte.";
  EXPECT_EQ(SecondOf("Wohnungsbrand", kBrand, Replaced(kBrand, "Kassel", "Lübeck")),
            RelationKind::kOriginal);
  constexpr std::string_view kPozhar =
      "Пожар произошёл ночью в жилом доме в Самаре. Два человека отравились дымом, их доставили в "
      "больницу. Причина пожара выясняется, сообщили в управлении МЧС.";
  EXPECT_EQ(SecondOf("Пожар", kPozhar, Replaced(kPozhar, "Самаре", "Перми")),
            RelationKind::kOriginal);
}

TEST(Template, WithAnotherPlaceOfEachDaysNewsIsOtherNews) {
  Desk desk;
  for (int i = 0; i < 60; ++i) {
    const std::string number = std::to_string(i);
    desk.Decide("Local news " + number, "The councils of Springfield and Dayton voted on item " +
                                            number + " of list " + number + number + ".");
  }
  desk.Decide("House fire", kFire);
  EXPECT_EQ(desk.Decide("House fire", Replaced(kFire, "Springfield", "Dayton")).kind,
            RelationKind::kOriginal);
}

TEST(Template, WithAnotherCompanyIsOtherNews) {
  constexpr std::string_view kDividend =
      "Acme Corp's board of directors declared a regular quarterly dividend of 15 cents a share, "
      "payable on March 15 to shareholders of record on February 27, the company said in a "
      "statement.";
  EXPECT_EQ(SecondOf("Company declares dividend", kDividend, Replaced(kDividend, "Acme", "Zenith")),
            RelationKind::kOriginal);
  // Here the headline alone says whose it is, and the window knows nothing of what is common.
  Desk desk;
  constexpr std::string_view kTerms =
      "Qtly div 15 cts vs 15 cts prior. Pay March 15. Record Feb 27.";
  desk.Decide("Acme Corp sets quarterly dividend", kTerms);
  EXPECT_EQ(desk.Decide("Zenith Corp sets quarterly dividend", kTerms).kind,
            RelationKind::kOriginal);
}

TEST(Template, WithAnotherPersonIsOtherNews) {
  constexpr std::string_view kHearing =
      "A man appeared in court on Tuesday charged with theft. Robert Wallace, 27, spoke only to "
      "confirm his name and address at Leeds Magistrates' Court. He was remanded in custody until "
      "February 12.";
  EXPECT_EQ(SecondOf("Man remanded in custody", kHearing,
                     Replaced(Replaced(kHearing, "Robert Wallace", "Owen Pritchard"), "27", "31")),
            RelationKind::kOriginal);
}

TEST(Template, WithTheSameNamesIsTheSame) {
  for (const auto& [from, to] : {std::pair("Springfield", "Springfeild"),
                                 {"Springfield", "Springfie1d"},
                                 {"Springfield, Ohio,", "Ohio"},
                                 {"the fire service", "Fire Chief Ann Brown"},
                                 {" on Tuesday night", ""},
                                 {"by the Red Cross", "by medics"},
                                 {"being investigated", "not known yet"}}) {
    EXPECT_EQ(SecondOf("House fire", kFire, Replaced(kFire, from, to)),
              RelationKind::kNearDuplicate)
        << to;
  }
}

TEST(Template, WithOtherWordsBesideOneNameIsTheSame) {
  // More has changed than a template would: a hand has gone over it.
  std::string edited(kFire);
  for (const auto& [from, to] : {std::pair("Firefighters", "Crews"),
                                 {"treated", "cared for"},
                                 {"investigated", "looked into"},
                                 {"Tuesday", "Thursday"}}) {
    edited = Replaced(edited, from, to);
  }
  EXPECT_EQ(SecondOf("House fire", kFire, edited), RelationKind::kNearDuplicate);
}

// A report and a name of it, in a script that has no capitals, with another name and other words.
struct WithoutCapitals {
  std::string_view headline, text;
  std::string_view name, other_name;
  std::string_view words, other_words;
};

constexpr WithoutCapitals kWithoutCapitals[] = {
    {"住宅发生火灾",
     "保定一处住宅十五日晚发生火灾，消防人员赶到现场将火扑灭。"
     "两名居民因吸入浓烟被送往医院治疗，目前没有生命危险。起火原因正在调查中，消防部门说。",
     "保定", "洛阳", "，目前没有生命危险", ""},
    {"住宅火災",
     "松本市で十五日夜、木造二階建ての住宅から出火し、およそ二時間後に消し止められました。"
     "住人の男女二人が煙を吸って病院に運ばれました。警察と消防が出火の原因を調べています。",
     "松本", "倉敷", "木造二階建ての", ""},
    {"절도 혐의 남성 법정 출석",
     "절도 혐의로 기소된 남성이 화요일 법정에 출석했다. 피고인 김철수 씨는 이름과 주소만 "
     "확인했으며 혐의를 인정하지 않았다. 재판부는 구속 상태를 유지하도록 결정했다.",
     "김철수", "박영호", "화요일 ", ""},
    {"حريق في منزل",
     "اندلع حريق في منزل بمدينة حمص مساء الثلاثاء، وتمكن رجال الإطفاء من السيطرة عليه بعد ساعتين. "
     "ونقل شخصان إلى المستشفى بسبب استنشاق الدخان، وقالت السلطات إن التحقيق جار لمعرفة سبب الحريق.",
     "حمص", "أسيوط", "بسبب استنشاق الدخان", ""},
    {"جلسه دادگاه",
     "مردی روز دوشنبه به اتهام سرقت در دادگاه حاضر شد. رضا محمدی تنها نام و نشانی "
     "خود را تایید کرد و اتهام را نپذیرفت. قاضی دستور داد او در بازداشت بماند.",
     "رضا محمدی", "علی کریمی", "تنها ", ""},
    {"שריפה בבית מגורים",
     "שריפה פרצה בליל שלישי בבית מגורים בעיר חדרה, וכוחות הכיבוי השתלטו עליה לאחר כשעתיים. שני "
     "דיירים פונו לבית החולים לאחר ששאפו עשן. חוקרי השריפות בודקים מה גרם לדליקה.",
     "חדרה", "אשקלון", "בליל שלישי ", ""},
    {"मकान में आग",
     "कानपुर में मंगलवार रात एक मकान में आग लग गई, जिस पर दमकलकर्मियों ने दो घंटे बाद काबू पाया। "
     "धुएं से दो लोगों को अस्पताल में भर्ती कराया गया है। आग लगने के कारणों की जांच की जा रही है।",
     "कानपुर", "इंदौर", "दो घंटे बाद ", ""},
    {"আদালতে হাজির",
     "চুরির অভিযোগে এক ব্যক্তিকে মঙ্গলবার আদালতে হাজির করা হয়। আবদুল করিম শুধু নিজের নাম ও ঠিকানা "
     "নিশ্চিত করেন এবং অভিযোগ অস্বীকার করেন। বিচারক তাকে কারাগারে পাঠানোর নির্দেশ দেন।",
     "আবদুল করিম", "সুমন দাস", "শুধু ", ""},
    {"ไฟไหม้บ้าน",
     "เกิดเหตุไฟไหม้บ้านในเชียงใหม่เมื่อคืนวันอังคาร "
     "เจ้าหน้าที่ดับเพลิงใช้เวลาสองชั่วโมงจึงควบคุมเพลิงไว้ได้ "
     "ชาวบ้านสองคนสำลักควันถูกนำส่งโรงพยาบาล ตำรวจกำลังสอบสวนหาสาเหตุ",
     "เชียงใหม่", "ขอนแก่น", "สำลักควัน", ""},
    {"የመኖሪያ ቤት ቃጠሎ",
     "በአዳማ ከተማ ማክሰኞ ምሽት በአንድ መኖሪያ ቤት ላይ የእሳት ቃጠሎ ደረሰ። የእሳት አደጋ ሠራተኞች ከሁለት ሰዓት በኋላ እሳቱን "
     "ተቆጣጥረውታል። ሁለት ሰዎች ወደ ሆስፒታል ተወስደዋል።",
     "አዳማ", "ጎንደር", "ከሁለት ሰዓት በኋላ ", ""}};

TEST(Template, WithAnotherNameIsOtherNewsWithoutCapitals) {
  for (const WithoutCapitals& one : kWithoutCapitals) {
    const std::string other = Replaced(one.text, one.name, one.other_name);
    EXPECT_EQ(SecondOf(one.headline, one.text, other), RelationKind::kOriginal) << one.headline;
  }
}

TEST(Template, WithTheSameNamesIsTheSameWithoutCapitals) {
  for (const WithoutCapitals& one : kWithoutCapitals) {
    Desk desk;
    desk.Decide(one.headline, one.text);
    const std::string edited = Replaced(one.text, one.words, one.other_words);
    EXPECT_EQ(desk.Decide(one.headline, edited).kind, RelationKind::kNearDuplicate) << one.text;
    EXPECT_EQ(desk.Decide("路透 רויטרס", one.text).kind, RelationKind::kNearDuplicate) << one.text;
  }
}

TEST(Template, WithWordsOfEachDaysNewsInThePlaceOfOthersIsTheSame) {
  // "On Tuesday evening", "in the morning": the window knows them.
  constexpr std::string_view kReport = kWithoutCapitals[3].text;
  Desk desk;
  for (int i = 0; i < 60; ++i) {
    const std::string number = std::to_string(i);
    desk.Decide("أخبار " + number, "قال مسؤول رقم " + number + " مساء الثلاثاء إن البند " + number +
                                       number + " أقر صباح الأربعاء بعد نقاش " + number + "9");
  }
  desk.Decide("حريق في منزل", kReport);
  EXPECT_EQ(desk.Decide("حريق في منزل", Replaced(kReport, "مساء الثلاثاء", "صباح الأربعاء")).kind,
            RelationKind::kNearDuplicate);
}

TEST(Template, WithAnotherNameInCapitalsInItsHeadlineIsOtherNews) {
  constexpr std::string_view kTerms =
      "Qtly div 15 cts vs 15 cts prior. Pay March 15. Record Feb 27.";
  constexpr std::string_view kMerger =
      "Shareholders approved the previously announced merger at a special meeting held today. The "
      "transaction is expected to close by the end of the month.";
  for (const std::string_view text : {kTerms, kMerger}) {
    const std::string_view rest = text == kTerms ? " SETS QTLY DIVIDEND" : " HOLDERS BACK MERGER";
    Desk desk;
    for (const std::string name : {"ACME CORP", "ZENITH RADIO CORP", "TACOMA TIMBER", "BORDEN"}) {
      EXPECT_EQ(desk.Decide(name + std::string(rest), text).kind, RelationKind::kOriginal) << name;
    }
    EXPECT_EQ(desk.Decide("DIVIDEND, MERGER NEWS: ACME CORP", text).kind,
              RelationKind::kNearDuplicate);
  }
  Desk desk;
  constexpr std::string_view kVote =
      "在当天召开的特别会议上，此前公布的合并计划获得多数票支持，交易预计年底之前完成。";
  for (const std::string_view name : {"海信电器", "万科集团", "长江电力"}) {
    EXPECT_EQ(desk.Decide(std::string(name) + "股东大会通过合并方案", kVote).kind,
              RelationKind::kOriginal)
        << name;
  }
}

TEST(Template, WithAnotherHeadlineOverTheSameTextIsTheSame) {
  constexpr std::string_view kMerger =
      "Shareholders approved the merger at a special meeting held today. The transaction is "
      "expected to close by the end of the month.";
  for (const std::string_view headline :
       {"ACME CORP HOLDERS BACK THE MERGER", "HOLDERS OF ACME CORP BACK MERGER",
        "ACME HOLDERS BACK MERGER", "MERGER: ACME CORP HOLDERS VOTE"}) {
    EXPECT_NE(
        [&] {
          Desk desk;
          desk.Decide("ACME CORP HOLDERS BACK MERGER", kMerger);
          return desk.Decide(headline, kMerger).kind;
        }(),
        RelationKind::kOriginal)
        << headline;
  }
}

TEST(Template, WithoutHeadlineThatSaysTheOppositeIsOtherNews) {
  constexpr std::string_view kRates =
      "The Federal Reserve raised interest rates on Wednesday. Chairman Ann Brown said the "
      "decision "
      "was unanimous.";
  EXPECT_EQ(SecondOf("", kRates, Replaced(kRates, "raised", "cut")), RelationKind::kOriginal);
}

}  // namespace
}  // namespace copydesk
