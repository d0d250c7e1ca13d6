"""Words of de-identification: what a run has to tell about a file, and what no run can see."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

add(
    {
        "deid_failed": Phrase(
            en="The file could not be cleaned ({reason}) and is not in the output.",
            ru="Файл не удалось обезличить ({reason}), в результат он не вошёл.",
        ),
        "deid_face_here": Phrase(
            en="The head lies in the picture: a face can be made from it.",
            ru="В изображение попала голова: по нему можно восстановить лицо.",
        ),
        "deid_drawn_marks": Phrase(
            en="Something drawn stands in the picture that could not be read as text; somebody has to look at it.",
            ru="На изображении есть нарисованные знаки, которые не прочитались как текст; их нужно посмотреть.",
        ),
        "deid_remark": Phrase(
            en="Somebody has to look at the picture ({remark}).",
            ru="Изображение нужно посмотреть ({remark}).",
        ),
        "deid_dose_lost": Phrase(
            en="In {count} studies the dose stood in a picture that was left out, and in no report.",
            ru="В исследованиях ({count}) доза была только на снимке экрана, который не вошёл в результат.",
        ),
        "deid_links_out": Phrase(
            en="{count} files of {where} lie elsewhere, links lead to them: make sure that they were meant.",
            ru="Файлы ({count}) из {where} лежат в другом месте, на них ведут ссылки: проверьте, что они нужны.",
        ),
        "deid_foreign": Phrase(
            en="{count} files lie in the output that this run did not write; nothing is said about them.",
            ru="В папке результата есть файлы ({count}), которые этот запуск не создавал; о них ничего не известно.",
        ),
        "deid_handwriting": Phrase(
            en="Handwriting in pictures is not found.",
            ru="Рукописный текст на изображениях не обнаруживается.",
        ),
        "deid_faces": Phrase(
            en="Faces are not taken away: where the head lies in the scan, a face can be made from it.",
            ru="Лица не удаляются: если в область исследования попала голова, лицо можно восстановить.",
        ),
        "deid_meaning": Phrase(
            en="What identifies by its meaning alone (a rare disease, implant, event) is not understood.",
            ru="То, что указывает на человека только по смыслу (редкая болезнь, имплант, событие), не распознаётся.",
        ),
        "deid_rare": Phrase(
            en="Few patients who share sex, age, month and grade can be recognised; see the small cells.",
            ru="Если пол, возраст, месяц и степень сочетаются у немногих, пациента можно узнать; см. малые группы.",
        ),
        "deid_law": Phrase(
            en="Data under a pseudonym stay personal data under many laws while somebody holds the key.",
            ru="Пока у кого-либо есть ключ, данные под псевдонимом по многим законам остаются персональными.",
        ),
    }
)
