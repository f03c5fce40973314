"""Words around a number that say what it is, in the ten languages, in their scripts and as people spell them in Latin.

Latin words stand alone (an "s" may follow); words of other scripts count with anything before and after, as articles,
prepositions and cases are joined to them.
"""

from __future__ import annotations

from enum import Enum, auto


class Cue(Enum):
    PASSPORT = auto()
    VISA = auto()
    CARD = auto()
    PHONE = auto()
    NUMBER = auto()  # "number", "no.": says that a number follows, not which
    PAID = auto()  # the number is money
    MONEY = auto()  # a currency
    OTHER = auto()  # licences, contracts, cases, flights: wanted in a complaint, or harmless


WORDS: dict[Cue, str] = {
    Cue.PASSPORT: """
        passport pasport passeport paspor pasaporte pasaporteng rahadani pp
        جواز الجوازات پاسپورٹ گذرنامه পাসপোর্ট পাসপোট पासपोर्ट राहदानी
    """,
    Cue.VISA: """
        visa visado permit permits permiso permis plks viza
        تأشيرة تاشيرة فيزا ویزا ویزہ ویزے ভিসা वीज़ा वीजा विजा भिसा
    """,
    Cue.CARD: """
        id ids ident identity identitas identidad identité identite iqama iqamah iqomah iqoma akama ikama aqama
        qid nid
        nric fin hkid arc ktp nik cnic nadra aadhaar aadhar adhar philsys umid sss tin cpr ssn nin curp ine dni
        nie dpi
        cédula cedula cui séjour sejour étranger etranger extranjero extranjera alien a-number residence residency
        residencia résidence social citizenship nagarikta nagrikta emirates civil uid ci mykad kad kartu
        national nasional
        إقامة الإقامة اقامة إقامتي اقامتي الاقامة هوية هويتي البطاقة بطاقة بطاقتي القومي المدني الموحد شناختی
        اقامہ آئی-ڈی
        এনআইডি পরিচয়পত্র পরিচয়পত্র ইকামা আকামা আইডি আধার आधार पहचान परिचयपत्र इकामा अकामा आईडी आइडी नागरिकता
        क्युआईडी
    """,
    Cue.PHONE: """
        phone phones telephone tel telp telepon telpon teleponnya ph call calls mobile mobil cell cellphone celphone
        whatsapp whatsap watsapp wa imo viber telegram sms bkash nagad gcash hp contact kontak hubungi tawagan tawag
        text teléfono telefono celular móvil movil llámeme llamar llame téléphone portable appelez joindre
        هاتف هاتفي جوال جوالي موبايل تلفون واتساب واتس اتصل اتصلوا فون موبائل واٹس رابطہ
        ফোন মোবাইল হোয়াটসঅ্যাপ হোয়াটসঅ্যাপ ইমো বিকাশ নগদ কল फोन मोबाइल मोबाईल व्हाट्सएप व्हाट्सऐप ह्वाट्सएप
        सम्पर्क संपर्क
    """,
    Cue.NUMBER: """
        number numbers no nos num nr nº n° № # numero número numéro numeros nomor nomer nombor nmr nimr
        رقم رقمي نمبر নম্বর নাম্বার নং नंबर नम्बर नं
    """,
    Cue.PAID: """
        paid pay pays cost costs fee fees price loan debt salary wage fine amount total deposit bayar dibayar
        gaji denda
        utang hutang biaya pagué pague cobraron costó salario sueldo deuda multa payé paye coûté salaire dette amende
        nagbayad binayaran sweldo sahod multa دفعت دفع راتب الراتب مبلغ غرامة الغرامة خصموا ثمن
        বেতন টাকা জরিমানা ঋণ वेतन तलब ऋण जुर्माना जरिवाना तिरें दिए تنخواہ جرمانہ قرض
    """,
    Cue.OTHER: """
        licence license lic lisensya licencia lisensi rl poea dmw oec sippmi siup slbfe registration registro
        registered
        reg cr cif siret siren nit rfc contract contracts kontrak kontrata contrato contrat agreement akta sk
        flight vuelo vol pnr ticket boleto billet case kasus caso reference ref referensi expediente dossier complaint
        reklamo receipt invoice resi kuitansi recibo reçu account rekening cuenta compte order job-order hotline
        helpline toll-free bus plate plat room kamar flat house building blok block locker code postcode zip po-box
        izin autorización autorizacion usaha gate unit bill factura facture faktur transaction transfer mtcn batch
        gps agrément agrement ruc employee staff badge policy polis insurance
        ترخيص الترخيص رخصة سجل السجل فاتورة تحويل طلب العقد عقد القضية قضية شكوى رحلة الرحلة المبنى غرفة
        الخط-الساخن حساب إيصال
        لائسنس معاہدہ رجسٹریشن فلائٹ کمرہ مقدمہ شکایت رسید ہیلپ اکاؤنٹ
        লাইসেন্স চুক্তি হটলাইন ফ্লাইট রুম রসিদ অভিযোগ নিবন্ধন একাউন্ট হিসাব
        लाइसेंस लाइसेन्स इजाजत कॉन्ट्रैक्ट अनुबंध सम्झौता शिकायत उजुरी हेल्पलाइन हटलाइन फ्लाइट कमरा कोठा
        रजिस्ट्रेशन दर्ता
        स्वीकृति चलानी खाता रसीद रसिद
    """,
}
# Currencies and large round numbers, written before or after an amount.
MONEY = """
    usd us$ hk$ nt$ s$ $ € £ ¥ ₹ ৳ ₱ ฿ ₫ ₨ eur gbp aed dhs dh dirham dirhams sar sr qar qr riyal riyals rial
    rials kwd kd bhd
    omr jod dinar dinars bdt tk taka takas inr rs rupee rupees rupiah rupiahs rp idr npr nrs pkr lkr php peso
    pesos piso
    hkd sgd myr rm ringgit twd ntd thb baht dollar dollars dolar dólar dólares dolares euro euros pound pounds franc
    francs fcfa cfa xof mxn lakh lakhs lac crore thousand million juta ribu jt rb mil millones libo shilling
    shillings ksh
    birr kyat vnd đồng dong
    ريال ريالا درهم دينار دولار جنيه ليرة ألف الف يورو روپے روپیہ روپیے ڈالر لاکھ ہزار درہم
    টাকা রিয়াল রিয়াল দিরহাম দিনার ডলার রুপি লাখ হাজার रुपये रुपए रुपया रुपैयाँ रु रियाल दिरहम दिनार डॉलर लाख
    हजार हज़ार
"""
